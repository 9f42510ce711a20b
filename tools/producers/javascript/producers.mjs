// The CloudEvents SDK of JavaScript with KafkaJS, and KafkaJS alone.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

// The packages stand in a folder of their own: tools/producers/libs.sh.
const require = createRequire(join(process.env.NODE_LIBS, 'package.json'));
// snippet: javascript-cloudevents
const { CloudEvent, Kafka: Binding } = require('cloudevents');
const { Kafka, logLevel } = require('kafkajs');
// end

const TOPIC = process.env.COMMANDS_TOPIC;
const GIVEN = JSON.parse(readFileSync(process.env.COMMANDS_FILE, 'utf8'));
const { source, tenant, correlation, key, time, commands } = GIVEN;

const kafka = new Kafka({ brokers: [process.env.KAFKA_BOOTSTRAP_SERVERS], logLevel: logLevel.ERROR });
const producer = kafka.producer({ createPartitioner: () => () => 0 });
await producer.connect();

/** Says that the record is in the topic; in the order of the topic's offsets. */
function sent(library, packaged, name) {
  const { version } = require(`${packaged}/package.json`);
  console.log(JSON.stringify({ library, package: packaged, version, case: name }));
}

// snippet: javascript-cloudevents
function eventOf(id, type, data) {
  return new CloudEvent({
    id,
    source,
    type,
    time,
    datacontenttype: 'application/json',
    tenantid: tenant,
    correlationid: correlation,
    partitionkey: key, // becomes the record's key
    data,
  });
}

// The SDK leaves attributes that are absent as undefined, and numbers as numbers; KafkaJS takes neither.
function texts(headers) {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
}

async function send(event) {
  const { key, headers, value } = Binding.binary(event);
  await producer.send({ topic: TOPIC, messages: [{ key, headers: texts(headers), value: JSON.stringify(value) }] });
}

async function sendStructured(event) {
  const { key, headers, value } = Binding.structured(event); // the value is text already
  await producer.send({ topic: TOPIC, messages: [{ key, headers, value }] });
}
// end

const sdk = (name) => sent('javascript-cloudevents', 'cloudevents', name);
const id = (name) => `javascript-cloudevents.${name}`;
const { type, data } = commands.schedule;
for (const [command, { type, data }] of Object.entries(commands)) {
  await send(eventOf(id(`binary-${command}`), type, data));
  sdk(`binary-${command}`);
  await sendStructured(eventOf(id(`structured-${command}`), type, data));
  sdk(`structured-${command}`);
}
// The whole message of the SDK as KafkaJS takes it: its timestamp is the event's time.
const whole = Binding.structured(eventOf(id('structured-with-timestamp'), type, data));
await producer.send({ topic: TOPIC, messages: [whole] });
sdk('structured-with-timestamp');
// Attributes of the type Integer.
const integers = { tenantid: 7, correlationid: 17 };
await sendStructured(eventOf(id('structured-integers'), type, data).cloneWith(integers));
sdk('structured-integers');
await send(eventOf(id('binary-integers'), type, data).cloneWith(integers));
sdk('binary-integers');
// Data as bytes: the SDK writes `data_base64`.
const bytes = Uint8Array.from(Buffer.from(JSON.stringify(data)));
await sendStructured(new CloudEvent({ ...eventOf(id('structured-bytes'), type, undefined).toJSON(), data: bytes }));
sdk('structured-bytes');
// A time of another zone, as the producer gave it.
await send(eventOf(id('binary-local-time'), type, data).cloneWith({ time: '2026-01-15T10:30:00.250+01:00' }));
sdk('binary-local-time');
// No content type is named.
await send(eventOf(id('binary-no-content-type'), type, data).cloneWith({ datacontenttype: undefined }));
sdk('binary-no-content-type');
// The event as JSON, and no headers.
await producer.send({ topic: TOPIC, messages: [{ key, value: eventOf(id('json-no-headers'), type, data).toString() }] });
sdk('json-no-headers');
// An object where text was meant.
await producer.send({ topic: TOPIC, messages: [{ key, value: `${{ commandId: id('object-as-text') }}` }] });
sdk('object-as-text');

// snippet: javascript-kafkajs
async function sendPlain(commandId, type, command) {
  const attributes = { commandId, type, source, tenantId: tenant, correlationId: correlation, issuedAt: time };
  await producer.send({ topic: TOPIC, messages: [{ key, value: JSON.stringify({ ...attributes, ...command }) }] });
}
// end

for (const [command, { type, data }] of Object.entries(commands)) {
  await sendPlain(`javascript-kafkajs.plain-${command}`, type, data);
  sent('javascript-kafkajs', 'kafkajs', `plain-${command}`);
}
await producer.disconnect();
