# mediaml: build, test, demonstrate.
#
#   make demo     the main job on real film data, in a private server; leaves
#                 a page of it, mediaml-demo.html
#   make check    every test there is; the last line counts them
#   make bench    speed beside its peers
#   make fuzz     hostile input made by libFuzzer, of one kind: T=onnx SECONDS=600
#   make zoo      real networks beside torch and ONNX Runtime; MML_ZOO="resnet lstm": some
#   make all, install, installcheck, clean: as in every PostgreSQL extension
#
# .ci/README.md tells what each check means and how to develop with a private
# server.

EXTENSION = mediaml
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)

# Modules, in dependency order: a module may use only those named before it,
# and peers never use each other.
PARTS = core linalg repair profile tensor image clean kmeans logistic compose nn match recommend metrics registry
PEERS = repair image clean kmeans logistic compose nn match recommend metrics

SOURCES = $(sort $(wildcard src/*.c)) $(foreach p,$(PARTS),$(sort $(wildcard src/$(p)/*.c)))
OWN_HEADERS = $(wildcard src/*.h src/*/*.h)

# Kernels are plain C and know no server; glue is named *_sql.c or *_pg.c.
KERNELS := $(foreach p,$(PARTS),$(filter-out %_sql.c %_pg.c,$(sort $(wildcard src/$(p)/*.c))))
KERNEL_FLAGS = -O3 -fopenmp-simd -fno-math-errno -Wsign-conversion -Wno-psabi

# OpenBLAS: the serial build, since a backend must not get threads. Linked
# statically and not exported; OPENBLAS=shared links the shared library.
OPENBLAS = static
MULTIARCH := $(shell $(CC) -print-multiarch 2> /dev/null)
OPENBLAS_LIBDIR = /usr/lib/$(MULTIARCH)/openblas-serial
OPENBLAS_INCDIR = /usr/include/$(MULTIARCH)/openblas-serial
OPENBLAS_STATIC = $(OPENBLAS_LIBDIR)/libopenblas.a -lm
OPENBLAS_SHARED = -L$(OPENBLAS_LIBDIR) -lopenblas -Wl,-rpath,$(OPENBLAS_LIBDIR) -lm

# Decoders of images are linked shared: they read what strangers made, and so
# get Debian's security updates without a build.
IMAGE_LIBS = -lpng16 -ljpeg

INCLUDES = -Isrc -isystem $(OPENBLAS_INCDIR)
# In glue, sign conversions are those of the server's own macros.
WARNINGS = -Wall -Wextra -Wconversion -Wno-sign-conversion -Wno-declaration-after-statement

# Private data for tests lies beside the checkout; tests that miss it skip.
export MML_SHARED ?= $(realpath ../shared)

# What is measured, for the head of the bench's table: the copy has no history.
export MML_COMMIT ?= $(shell git describe --always --dirty 2>/dev/null)

# Goals of the house need no pg_config, so that they work on a fresh machine.
# They are kept out of PGXS's reach, which has a `check` of its own.
HOUSE = demo check bench zoo regress tap ack indent layers units unitcheck fuzz fuzzers
ifneq (,$(filter $(HOUSE),$(MAKECMDGOALS)))

.PHONY: $(MAKECMDGOALS)

# Other goals given in the same breath are PGXS's.
$(filter-out $(HOUSE),$(MAKECMDGOALS)):
	$(MAKE) $@

AWAY = exec env MAKEFLAGS='-- $(MAKEOVERRIDES)' .ci/away.sh

demo: export MML_DEMO_PAGE = $(CURDIR)/mediaml-demo.html
demo:
	@.ci/setup.sh demo
	@$(AWAY) --keep mediaml-demo.html .ci/serve.sh demo/run.sh

check:
	@.ci/setup.sh check || { echo "0 passed, 1 failed"; exit 1; }
	@$(AWAY) .ci/check.sh

bench:
	@.ci/setup.sh bench
	@$(AWAY) .ci/serve.sh bench/run.sh

zoo:
	@.ci/setup.sh zoo
	@$(AWAY) .ci/serve.sh test/zoo/run.sh

# One part of check alone, and of it T="name ..." alone where that is given.
regress tap:
	@$(AWAY) sh -c '.ci/build.sh && .ci/$@.sh $(T)'

# Accept the answers of the present sources as the expected ones: read git diff.
ack:
	@$(AWAY) --keep results sh -c '.ci/build.sh && .ci/regress.sh $(T) || true'
	cp results/*.out expected/
	rm -rf results

indent:
	@.ci/indent.sh

layers:
	@PARTS="$(PARTS)" PEERS="$(PEERS)" .ci/layers.sh

# Kernels alone, without a server, under the sanitizers. Every test program is
# linked with all kernels.
UNIT_DIR = tmp_check/unit
TEST_HEADERS = $(wildcard test/unit/*.h test/fuzz/*.[ch])
UNITS = $(patsubst test/unit/%.c,$(UNIT_DIR)/%,$(sort $(wildcard test/unit/*_unit.c)))
UNIT_OBJS = $(KERNELS:%.c=$(UNIT_DIR)/%.o)
.SECONDARY: $(UNIT_OBJS)
UNIT_CC = $(CC) -g -O1 -fopenmp-simd -fno-omit-frame-pointer -DMML_STANDALONE \
	-fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all \
	$(WARNINGS) -Wsign-conversion -Wno-psabi $(COPT) $(INCLUDES) -Itest/unit

$(UNIT_DIR)/%.o: %.c $(OWN_HEADERS)
	@mkdir -p $(@D)
	$(UNIT_CC) -c $< -o $@

$(UNIT_DIR)/%_unit: test/unit/%_unit.c $(TEST_HEADERS) $(OWN_HEADERS) $(UNIT_OBJS)
	$(UNIT_CC) $< $(UNIT_OBJS) $(OPENBLAS_STATIC) -o $@

units: $(UNITS)

unitcheck:
	@.ci/unit.sh

# Targets of libFuzzer, with clang, each linked with all kernels. COVERAGE=1
# builds them to tell which lines they reach; see test/fuzz/README.md.
FUZZ_CLANG = clang
FUZZ_DIR = tmp_check/fuzz$(if $(COVERAGE),/coverage)
FUZZERS = $(patsubst test/fuzz/%.c,$(FUZZ_DIR)/%,$(sort $(wildcard test/fuzz/*_fuzz.c))) $(FUZZ_DIR)/seeds
FUZZ_OBJS = $(KERNELS:%.c=$(FUZZ_DIR)/%.o)
.SECONDARY: $(FUZZ_OBJS)
FUZZ_CHECKS = -O1 -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow
FUZZ_CC = $(FUZZ_CLANG) -g -DMML_STANDALONE -w $(INCLUDES) -Itest/unit \
	$(if $(COVERAGE),-fprofile-instr-generate -fcoverage-mapping,$(FUZZ_CHECKS))

$(FUZZ_DIR)/%.o: %.c $(OWN_HEADERS)
	@mkdir -p $(@D)
	$(FUZZ_CC) -c $< -o $@

$(FUZZ_DIR)/%_fuzz: test/fuzz/%_fuzz.c $(TEST_HEADERS) $(OWN_HEADERS) $(FUZZ_OBJS)
	$(FUZZ_CC) -fsanitize=fuzzer $< $(FUZZ_OBJS) $(OPENBLAS_STATIC) -o $@

$(FUZZ_DIR)/seeds: test/fuzz/seeds.c $(TEST_HEADERS) $(OWN_HEADERS) $(FUZZ_OBJS)
	$(FUZZ_CC) $< $(FUZZ_OBJS) $(OPENBLAS_STATIC) -o $@

fuzzers: $(FUZZERS)

fuzz:
	@FUZZ_DIR='$(FUZZ_DIR)' .ci/fuzz.sh $(or $(T),onnx) $(or $(SECONDS),600)

else

MODULE_big = $(EXTENSION)
OBJS = $(SOURCES:.c=.o)
PG_CPPFLAGS = $(INCLUDES) -DMML_VERSION='"$(EXTVERSION)"'
PG_CFLAGS = $(WARNINGS)
SHLIB_LINK = $(if $(filter shared,$(OPENBLAS)),$(OPENBLAS_SHARED),$(OPENBLAS_STATIC)) \
	$(IMAGE_LIBS) -Wl,--exclude-libs,ALL -Wl,--gc-sections

# The install script is the header, then each module's definitions in order.
INSTALL_SQL = sql/$(EXTENSION)--$(EXTVERSION).sql
PIECES = sql/header.sql $(foreach p,$(PARTS),$(sort $(wildcard src/$(p)/*.sql)))
DATA = $(sort $(wildcard sql/$(EXTENSION)--*.sql) $(INSTALL_SQL))

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=$(EXTENSION)
EXTRA_CLEAN = tmp_check results

# pg_regress looks in sql/ before test/sql/, so no name may be in both.
CLASH = $(filter $(basename $(notdir $(wildcard sql/*.sql))),$(REGRESS))
$(if $(strip $(CLASH)),$(error sql/ and test/sql/ share a file name: $(CLASH)))

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
$(if $(PGXS),,$(error $(PG_CONFIG) not found: install postgresql-server-dev-15, or give PG_CONFIG=/path/to/pg_config))

# No bitcode: kernels gain nothing from being inlined into queries.
override with_llvm = no

include $(PGXS)

# The server's headers are not ours to warn about.
override CPPFLAGS := $(patsubst -I$(includedir_server),-isystem $(includedir_server),$(CPPFLAGS))

$(KERNELS:.c=.o): override CFLAGS += $(KERNEL_FLAGS)

# PGXS tracks no header dependencies.
$(OBJS): $(OWN_HEADERS)

all: $(INSTALL_SQL)

$(INSTALL_SQL): $(PIECES) $(EXTENSION).control
	for f in $(PIECES); do printf -- '-- %s\n\n' $$f; cat $$f; echo; done > $@

.PHONY: symbols

symbols: all
	@.ci/symbols.sh $(MODULE_big).so

endif
