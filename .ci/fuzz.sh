#!/bin/bash
# fuzz.sh TARGET SECONDS: run a target of libFuzzer (make fuzz; test/fuzz/README.md).
#
# What it learns stays in tmp_check/fuzz/TARGET_corpus, and the next run goes on
# from there. Inputs that went wrong are tmp_check/fuzz/TARGET_found-*.
# With COVERAGE=1 it runs that corpus only, and tells which lines it reached.
set -eu

target=$1 seconds=$2
top=tmp_check/fuzz
corpus=$top/${target}_corpus
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0 UBSAN_OPTIONS=print_stacktrace=1

[ -e "test/fuzz/${target}_fuzz.c" ] || { echo "there is no test/fuzz/${target}_fuzz.c"; exit 1; }
command -v clang > /dev/null || { echo "make fuzz needs clang: apt-get install clang llvm"; exit 1; }
make -s -j"$(nproc)" fuzzers

# kept inputs that once went wrong, seeds, and what was found before
mkdir -p "$corpus" "$top/${target}_seeds"
case $target in
	onnx | network) "$FUZZ_DIR/seeds" "$target" "$top/${target}_seeds" ;;
esac
folders=("$corpus" "$top/${target}_seeds")
[ ! -d "test/fuzz/${target}_corpus" ] || folders+=("test/fuzz/${target}_corpus")

if [ -n "${COVERAGE:-}" ]; then
	LLVM_PROFILE_FILE=$FUZZ_DIR/$target.profraw "$FUZZ_DIR/${target}_fuzz" -runs=0 "${folders[@]}" 2>&1 | tail -n 2
	llvm-profdata merge "$FUZZ_DIR/$target.profraw" -o "$FUZZ_DIR/$target.profdata"
	llvm-cov report "$FUZZ_DIR/${target}_fuzz" -instr-profile="$FUZZ_DIR/$target.profdata" \
		-show-region-summary=false -show-branch-summary=false src/core src/nn src/tensor
	exit
fi
exec nice "$FUZZ_DIR/${target}_fuzz" -max_total_time="$seconds" -max_len=16384 -timeout=20 \
	-rss_limit_mb=1024 -malloc_limit_mb=64 -reload=0 -print_final_stats=1 -verbosity=1 \
	-artifact_prefix="$top/${target}_found-" "${folders[@]}"
