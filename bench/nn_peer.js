// nn_peer.js: ONNX Runtime beside mediaml; nn.py asks it, a line of JSON each.
//
//	{"model": file, "input": file of float32, "shape": of a row, "batch": n, "calls": n, "output": file}
//
// Each answer is a line of JSON: seconds of so many calls that go round the rows
// of the input, by the call in the package that does the work ("call"; "on_core":
// what of it the processor was ours) and by run() as it is offered, with a Promise. With "output", the outputs of one round are
// written there instead. Sessions and inputs are made before the clock starts.
"use strict";
const fs = require("fs");
const readline = require("readline");
const ort = require("onnxruntime-node");
const { binding } = require("onnxruntime-node/dist/binding");

const OPTIONS = {
	executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1,
	executionMode: "sequential", graphOptimizationLevel: "all",
};
const prepared = new Map();

// The session, the same without a Promise, and tensors of batch rows each.
async function prepare(question) {
	const key = JSON.stringify([question.model, question.input, question.batch]);
	if (prepared.has(key))
		return prepared.get(key);
	const session = await ort.InferenceSession.create(question.model, OPTIONS);
	const direct = new binding.InferenceSession();
	direct.loadModel(question.model, OPTIONS);
	const bytes = fs.readFileSync(question.input);
	const numbers = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
	const shape = [question.batch, ...question.shape];
	const size = shape.reduce((a, b) => a * b);
	const feeds = [];
	for (let from = 0; from + size <= numbers.length; from += size)
		feeds.push({ [session.inputNames[0]]: new ort.Tensor("float32", numbers.slice(from, from + size), shape) });
	const made = { session, direct, feeds };
	prepared.set(key, made);
	return made;
}

const since = start => Number(process.hrtime.bigint() - start) / 1e9;

async function byRun({ session, feeds }, calls) {
	const start = process.hrtime.bigint();
	for (let i = 0; i < calls; i++)
		await session.run(feeds[i % feeds.length]);
	return since(start);
}

function byCall({ session, direct, feeds }, calls) {
	const name = session.outputNames[0];
	const start = process.hrtime.bigint();
	for (let i = 0; i < calls; i++)
		direct.run(feeds[i % feeds.length], { [name]: null }, {});
	return since(start);
}

async function answer(question) {
	const made = await prepare(question);
	if (question.output) {
		const file = fs.openSync(question.output, "w");
		for (const feed of made.feeds) {
			const { data } = (await made.session.run(feed))[made.session.outputNames[0]];
			fs.writeSync(file, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
		}
		fs.closeSync(file);
		return {};
	}
	const warm = Math.max(2, Math.ceil(question.calls / 20));
	await byRun(made, warm);
	byCall(made, warm);
	const before = process.cpuUsage();
	const call = byCall(made, question.calls);
	const used = process.cpuUsage(before);
	return { call, on_core: (used.user + used.system) / 1e6, run: await byRun(made, question.calls) };
}

async function main() {
	console.log(JSON.stringify({
		node: process.version, onnxruntime: ort.env.versions.node, options: OPTIONS,
	}));
	for await (const line of readline.createInterface({ input: process.stdin }))
		console.log(JSON.stringify(await answer(JSON.parse(line))));
}

main();
