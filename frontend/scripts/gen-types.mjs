/**
 * Write src/protocol/generated.ts from the server's JSON schema, so that the page cannot drift from the wire.
 *
 * Usage: node scripts/gen-types.mjs [SCHEMA] [OUT]
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [
  schemaPath = here("../../server/pcviz_server/protocol/schema.json"),
  outPath = here("../src/protocol/generated.ts"),
] = process.argv.slice(2);

const ROOTS = ["ServerMessage", "ClientMessage", "FrameHeader", "Catalogue", "Door"];

/** A titled property would become a type alias of its own; only named definitions should. */
function withoutPropertyTitles(node) {
  if (Array.isArray(node)) return node.map(withoutPropertyTitles);
  if (node === null || typeof node !== "object") return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === "title" && typeof value === "string"))
      .map(([key, value]) => [key, withoutPropertyTitles(value)]),
  );
}

const schema = JSON.parse(await readFile(schemaPath, "utf8"));
const definitions = withoutPropertyTitles(schema.$defs);
for (const root of ROOTS) {
  if (!(root in definitions)) throw new Error(`${schemaPath} has no $defs.${root}`);
}

const root = {
  $defs: definitions,
  type: "object",
  additionalProperties: false,
  required: ROOTS,
  properties: Object.fromEntries(ROOTS.map((name) => [name, { $ref: `#/$defs/${name}` }])),
};
const source = await compile(root, "Wire", {
  bannerComment: "/* Generated from server/pcviz_server/protocol/schema.json by `npm run codegen`; do not edit. */",
  additionalProperties: false,
  printWidth: 120,
});
// The root only gathers them; nobody needs it by name.
const types = source.replace(/export interface Wire \{[^}]*\}\n/, "");
const version = `/** The version of the protocol that this page speaks. */\nexport const PROTOCOL_VERSION = ${schema.$defs.Hello.properties.protocol.default};\n`;
await writeFile(outPath, types + version);
