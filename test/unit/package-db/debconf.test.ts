import { describe, expect, it } from "vitest";
import { rewriteDebconf } from "../../../packages/core/src/package-db/dpkg/debconf.ts";
import { viewOf } from "../../support/dpkg-view.ts";

/** As debconf 1.5.82 wrote it, once three packages had loaded their templates and asked. */
const QUESTIONS = `Name: alpha/start
Template: alpha/start
Owners: alpha

Name: beta/mode
Template: beta/mode
Value: a, b
Owners: beta
Variables:
 WHAT = x=1

Name: gamma/again
Template: beta/mode
Owners: gamma

Name: gamma/list
Template: gamma/list
Owners: gamma

Name: gamma/note
Template: gamma/note
Owners: gamma
Flags: seen

Name: shared/locale
Template: shared/locale
Owners: alpha, beta

`;

const TEMPLATES = `Name: alpha/start
Description: Start alpha?
Extended_description: made up.\\n\\nOf two paragraphs, in Größe.
Type: boolean
Owners: alpha/start

Name: beta/mode
Description: Mode of beta
Extended_description: made up.\\n\\nOf two paragraphs, in Größe.
Type: string
Owners: beta/mode, gamma/again

Name: gamma/list
Description: List
Extended_description: made up.\\n\\nOf two paragraphs, in Größe.
Type: string
Owners: gamma/list

Name: gamma/note
Description: Read this
Extended_description: made up.\\n\\nOf two paragraphs, in Größe.
Type: note
Owners: gamma/note

Name: shared/locale
Description: Which one?
Extended_description: made up.\\n\\nOf two paragraphs, in Größe.
Type: string
Owners: shared/locale

`;

const FILES = { "var/cache/debconf/config.dat": QUESTIONS, "var/cache/debconf/templates.dat": TEMPLATES };

const sizes = (gone: readonly string[], files: Readonly<Record<string, string>> = FILES) =>
  Object.fromEntries(
    rewriteDebconf(viewOf(files), gone).map(({ path, bytes }) => [path.slice("var/cache/debconf/".length), bytes]),
  );

describe("debconf's databases after a purge", () => {
  // Measured with debconf-communicate and PURGE, by one package after the other in the order of their names.
  it.each([
    [["beta"], 285, 376, 699, 710],
    [["gamma"], 205, 376, 428, 710],
    [["beta", "alpha"], 171, 314, 410, 566],
    [["alpha", "beta", "gamma"], 0, 171, 0, 410],
  ])("are as long as debconf leaves them without %j", (gone, config, configBefore, templates, templatesBefore) => {
    expect(sizes(gone)).toEqual({
      "config.dat": config,
      "config.dat-old": configBefore,
      "templates.dat": templates,
      "templates.dat-old": templatesBefore,
    });
  });

  it("stay as they are where the packages never asked anything", () => {
    expect(sizes([])).toEqual({});
    expect(sizes(["delta", "alph", "alpha/start"])).toEqual({});
  });

  it("lose the templates of questions that take passwords, which are kept elsewhere", () => {
    const password = "Name: beta/secret\nType: password\nOwners: beta/secret\n\n";
    const files = { ...FILES, "var/cache/debconf/templates.dat": password + TEMPLATES };
    expect(sizes(["beta"], files)).toMatchObject({ "templates.dat": 699, "templates.dat-old": 710 + password.length });
    expect(sizes(["gamma"], files)).toMatchObject({ "templates.dat": 428 + password.length });
  });

  it("are not told where one is missing, cut short, or not debconf's", () => {
    expect(sizes(["beta"], { "var/cache/debconf/config.dat": QUESTIONS })).toEqual({});
    expect(sizes(["beta"], { ...FILES, "var/cache/debconf/templates.dat": TEMPLATES.slice(0, -1) })).toEqual({});
    expect(sizes(["beta"], { ...FILES, "var/cache/debconf/config.dat": `Owners: beta\n\n${QUESTIONS}` })).toEqual({});
  });
});
