// Checks an AsyncAPI document: its structure and references by AsyncAPI's own parser, the examples by a JSON Schema
// validator whose patterns are JavaScript's. Usage: node check.mjs FILE
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const file = process.argv[2];
const text = readFileSync(file, "utf8");
const { document, diagnostics } = await new Parser().parse(text);
const faults = diagnostics.map(({ code, path, message }) => `${code} at ${path.join("/")}: ${message}`);

const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
let examples = 0;
const { components } = JSON.parse(text);
for (const [name, message] of Object.entries(components.messages)) {
  // Also compiled where there is no example: a pattern may be wrong.
  const compile = (schema) => ajv.compile({ allOf: [schema], components });
  const validators = { headers: compile(message.headers), payload: compile(message.payload) };
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
