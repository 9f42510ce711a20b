// Writes one HTML file that shows an AsyncAPI document by AsyncAPI's own component; it needs no server and no network.
// Usage: node render.mjs ASYNCAPI-FILE HTML-FILE
import { readFileSync, writeFileSync } from "node:fs";

const [file, target] = process.argv.slice(2);
const component = new URL("node_modules/@asyncapi/react-component/", import.meta.url);
const read = (name) => readFileSync(new URL(name, component), "utf8");
// Only this could end a script.
const script = (text) => `<script>${text.replaceAll("</script", "<\\/script")}</script>`;
const settings = { show: { sidebar: true, errors: true } };
const schema = JSON.stringify(readFileSync(file, "utf8"));

writeFileSync(
  target,
  `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>schedule-callback</title><style>${read("styles/default.min.css")}</style></head>
<body><div id="asyncapi"></div>
${script(read("browser/standalone/index.js"))}
${script(`AsyncApiStandalone.render({schema: ${schema}, config: ${JSON.stringify(settings)}}, document.getElementById("asyncapi"));`)}
</body></html>
`,
);
