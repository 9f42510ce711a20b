// Generates classes of the AsyncAPI document in TypeScript and Java, and a program in each language that reads messages
// which the service really took and wrote (tests/cases/golden). models.sh compiles and runs them.
// Usage: node models.mjs ASYNCAPI-FILE GOLDEN-FOLDER TARGET-FOLDER
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JAVA_JACKSON_PRESET, JavaGenerator, TypeScriptGenerator } from "@asyncapi/modelina";
import Ajv from "ajv";
import addFormats from "ajv-formats";

const [file, golden, target] = process.argv.slice(2);
const document = JSON.parse(readFileSync(file, "utf8"));

// Each golden message with the name of its class.
const ajv = addFormats(new Ajv({ strict: false }));
const validators = {};
function fits(type, value) {
  validators[type] ??= ajv.compile({ $ref: `#/components/schemas/${type}`, components: document.components });
  return validators[type](value);
}

const KINDS = {
  "callback.schedule.v1": "ScheduleCommand",
  "callback.cancel.v1": "CancelCommand",
  "callback.reschedule.v1": "RescheduleCommand",
};

function typeOfCommand(headers, value) {
  if (headers.ce_type) return KINDS[headers.ce_type];
  if (value.specversion) return KINDS[value.type] && `Structured${KINDS[value.type]}`;
  return KINDS[value.type] && `Plain${KINDS[value.type]}`;
}

function lines(name) {
  return readFileSync(join(golden, name), "utf8").split("\n").filter(Boolean).map(JSON.parse);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // One of those that are malformed.
  }
}

const messages = [];
for (const { headers, value } of lines("answers.ndjson")) {
  // The others are dead letters.
  if (Object.fromEntries(headers).ce_type === "callback.result.v1") messages.push(["Result", JSON.parse(value)]);
}
// Due events up to 0.1.0 have no `notAfter`; a reader takes an absent one as null.
for (const { value } of lines("due.ndjson")) messages.push(["DueEvent", { notAfter: null, ...JSON.parse(value) }]);
for (const { headers, value } of lines("commands.ndjson")) {
  const command = value && parsed(value);
  const type = command && typeOfCommand(Object.fromEntries(headers), command);
  if (type && fits(type, command)) messages.push([type, command]); // Others are refused, as they were meant to be.
}
const DIRECTORY = { skills: "Skill", agents: "Agent", securityUsers: "SecurityUser" };
for (const { topic, value } of lines("directory.ndjson")) {
  const record = value && parsed(value);
  if (record && fits(DIRECTORY[topic], record)) messages.push([DIRECTORY[topic], record]);
}

// Whoever reads these must say so when a message is another one than its class.
const wrong = structuredClone(messages.find(([type]) => type === "Result"));
wrong[1].branch = "Failure";
const counted = {};
for (const [type, value] of messages) {
  counted[type] = (counted[type] ?? 0) + 1;
  if (!fits(type, value)) throw new Error(`a golden message is no ${type}: ${JSON.stringify(value)}`);
}
const expected = ["Result", "DueEvent", "Skill", "Agent", "SecurityUser"].concat(
  Object.values(KINDS).flatMap((kind) => [kind, `Structured${kind}`, `Plain${kind}`]),
);
const missing = expected.filter((type) => !counted[type]);
if (missing.length > 0) throw new Error(`no golden message is a ${missing.join(", nor a ")}`);

// The generator knows versions up to 3.0.0; nothing in the document needs 3.1.
const readable = { ...document, asyncapi: "3.0.0" };

// Of an object that may be null the generator says that its keys may be null, too, which no language takes.
const keyed = (text) => text.replaceAll("[name: string | null]", "[name: string]");

async function generate(generator, folder, extension, options) {
  mkdirSync(folder, { recursive: true });
  const models = await generator.generateCompleteModels(readable, options);
  const named = models.filter(({ modelName }) => modelName);
  const unnamed = named.filter(({ modelName }) => /anonymous/i.test(modelName)).map(({ modelName }) => modelName);
  if (unnamed.length > 0) throw new Error(`without a name of their own: ${unnamed.join(", ")}`);
  for (const { modelName, result } of named) writeFileSync(join(folder, `${modelName}.${extension}`), `${keyed(result)}\n`);
  return named.map(({ modelName }) => modelName);
}

const typescript = join(target, "typescript");
const generator = new TypeScriptGenerator({
  modelType: "interface",
  enumType: "union",
  mapType: "indexedObject",
  rawPropertyNames: true,
});
const classes = await generate(generator, typescript, "ts", { moduleSystem: "ESM", exportType: "named" });
// In a constant written out the compiler refuses fields that are unknown, which readers should ignore.
const isAllKnown = ([type, value]) => {
  const known = document.components.schemas[type].properties;
  return Object.keys(value).every((key) => key in known);
};
const constants = messages.filter(isAllKnown);
const types = [...new Set(constants.map(([type]) => type))];
writeFileSync(
  join(typescript, "golden.ts"),
  [
    ...types.map((type) => `import type { ${type} } from "./${type}";`),
    ...constants.map(([type, value], index) => `export const m${index}: ${type} = ${JSON.stringify(value)};`),
    "// @ts-expect-error",
    `export const wrong: Result = ${JSON.stringify(wrong[1])};`,
    "",
  ].join("\n"),
);

const java = join(target, "java");
const javaGenerator = new JavaGenerator({ collectionType: "List", presets: [JAVA_JACKSON_PRESET] });
const javaClasses = await generate(javaGenerator, join(java, "callback"), "java", { packageName: "callback" });
const line = ([type, value]) => `${type}\t${JSON.stringify(value)}\n`;
writeFileSync(join(java, "golden.tsv"), messages.map(line).join(""));
writeFileSync(join(java, "wrong.tsv"), line(wrong));
console.log(`${messages.length} golden messages, ${classes.length} types of TypeScript, ${javaClasses.length} of Java`);
