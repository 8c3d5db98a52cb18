import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { validateXML } from "xmllint-wasm";

/* The published schemas of report formats, see test/fixtures/schemas/README.md. Each tells what is wrong, or null. */

function read(name: string): string {
  return readFileSync(new URL(`../fixtures/schemas/${name}`, import.meta.url), "utf8");
}

function isUri(text: string): boolean {
  return URL.canParse(text);
}

/** RFC 3986: no character that would have to be encoded. */
function isUriReference(text: string): boolean {
  return /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/.test(text) && URL.canParse(text, "https://base.test/");
}

/** The schema is of draft 4, and uses nothing that draft 7 reads otherwise but the name of `id`. */
function sarifSchema(): object {
  const { id: _id, $schema: _schema, ...schema } = JSON.parse(read("sarif-2.1.0-rtm.5.json"));
  return schema;
}

const sarif = new Ajv({
  strict: false,
  // One of its patterns is none with the flag: `…]?$`.
  unicodeRegExp: false,
  formats: { uri: isUri, "uri-reference": isUriReference, "date-time": true },
}).compile(sarifSchema());
const gitlab = new Ajv2020().compile(JSON.parse(read("gitlab-codequality.json")));
const shields = new Ajv2020().compile(JSON.parse(read("shields-endpoint.json")));

function mistakes(validate: typeof sarif, json: string): string | null {
  return validate(JSON.parse(json)) ? null : JSON.stringify(validate.errors);
}

export const mistakesInSarif = (json: string) => mistakes(sarif, json);
export const mistakesInGitlab = (json: string) => mistakes(gitlab as typeof sarif, json);
export const mistakesInShields = (json: string) => mistakes(shields as typeof sarif, json);

export async function mistakesInJunit(xml: string): Promise<string | null> {
  const { valid, errors } = await validateXML({
    xml: [{ fileName: "report.xml", contents: xml }],
    schema: [{ fileName: "junit.xsd", contents: read("jenkins-junit.xsd") }],
  });
  return valid ? null : JSON.stringify(errors);
}
