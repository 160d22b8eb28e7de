// peer.js: ONNX Runtime for the zoo; zoo.py asks it, a line of JSON each.
//
//	{"model": file, "inputs": {name: {"type", "dims", "file"}}, "folder": for the outputs, "plain": true or false}
//	{"calls": n}
//
// The first loads a network and answers its outputs, {name: {"type", "dims", "file"}};
// the second answers the processor's seconds of so many calls of that network. A plain
// answer is that of the graph as it stands: where products of 8 bits are fused, ONNX
// Runtime lets their sums overflow at 16 bits on processors without VNNI.
"use strict";
const fs = require("fs");
const readline = require("readline");
const ort = require("onnxruntime-node");

const OPTIONS = {
	executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1,
	executionMode: "sequential", graphOptimizationLevel: "all", logSeverityLevel: 4,
};
const ARRAYS = {
	float32: Float32Array, float64: Float64Array, int64: BigInt64Array, int32: Int32Array,
	uint8: Uint8Array, int8: Int8Array, bool: Uint8Array,
};
let session, feeds;

async function load({ model, inputs, folder, plain }) {
	const last = session;
	session = undefined;
	if (last)
		await last.release();
	session = await ort.InferenceSession.create(model, plain ? { ...OPTIONS, graphOptimizationLevel: "disabled" } : OPTIONS);
	feeds = {};
	for (const [name, { type, dims, file }] of Object.entries(inputs)) {
		const { buffer, byteOffset, byteLength } = fs.readFileSync(file);
		const array = new ARRAYS[type](buffer.slice(byteOffset, byteOffset + byteLength));
		feeds[name] = new ort.Tensor(type, array, dims);
	}
	const answer = {};
	const outputs = await session.run(feeds);
	if (plain)
		session = await ort.InferenceSession.create(model, OPTIONS);
	for (const [name, { type, dims, data }] of Object.entries(outputs)) {
		const file = `${folder}/output${Object.keys(answer).length}`;
		fs.writeFileSync(file, type === "string" ? JSON.stringify(data) :
			Buffer.from(data.buffer, data.byteOffset, data.byteLength));
		answer[name] = { type, dims, file };
	}
	return answer;
}

async function time({ calls }) {
	const before = process.cpuUsage();
	for (let i = 0; i < calls; i++)
		await session.run(feeds);
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1e6;
}

async function main() {
	console.log(JSON.stringify({ onnxruntime: ort.env.versions.node, options: OPTIONS }));
	for await (const line of readline.createInterface({ input: process.stdin })) {
		const question = JSON.parse(line);
		try {
			console.log(JSON.stringify({ answer: await (question.model ? load : time)(question) }));
		} catch (problem) {
			console.log(JSON.stringify({ problem: String(problem.message) }));
		}
	}
}

main();
