// Checks an AsyncAPI document: its structure and references by AsyncAPI's own parser, the examples by a JSON Schema
// validator whose patterns are JavaScript's. Usage: node check.mjs FILE
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";
import addFormats from "ajv-formats";

// The contract asks for version 3; 3.0.0 is the one that most tools read.
const EXPECTED = new Set(["asyncapi-latest-version"]);

const file = process.argv[2];
const text = readFileSync(file, "utf8");
const { document, diagnostics } = await new Parser().parse(text);
const faults = diagnostics
  .filter(({ code }) => !EXPECTED.has(code))
  .map(({ code, path, message }) => `${code} at ${path.join("/")}: ${message}`);

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
let examples = 0;
for (const [name, message] of Object.entries(JSON.parse(text).components.messages)) {
  // Also compiled where there is no example: a pattern may be wrong.
  const validators = { headers: ajv.compile(message.headers), payload: ajv.compile(message.payload) };
  for (const example of message.examples ?? []) {
    examples += 1;
    for (const [part, validate] of Object.entries(validators)) {
      if (!validate(example[part])) {
        faults.push(`example ${name}/${example.name}: ${ajv.errorsText(validate.errors, { dataVar: part })}`);
      }
    }
  }
}

faults.forEach((fault) => console.error(fault));
if (!document || faults.length > 0) {
  process.exit(1);
}
console.log(`${file}: ${document.operations().all().length} operations, ${examples} examples, nothing wrong`);
