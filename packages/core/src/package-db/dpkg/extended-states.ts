import { readStanzas, textOfBytes } from "./control-file.ts";

const FIELDS: ReadonlySet<string> = new Set(["package", "architecture", "auto-installed"]);

/**
 * Reads `/var/lib/apt/extended_states`: which packages apt brought on its own (apt-mark(8)), as `name:arch`. Packages of
 * architecture `all` stand there under the native one. A package that is not listed was asked for.
 */
export function readAutoInstalled(text: string, nativeArch: string): ReadonlySet<string> {
  const auto = new Set<string>();
  for (const stanza of readStanzas(text, FIELDS).stanzas) {
    const name = stanza.get("package");
    if (name === undefined) continue;
    const arch = stanza.get("architecture") ?? nativeArch;
    const key = `${textOfBytes(name)}:${textOfBytes(arch === "all" ? nativeArch : arch)}`;
    if (Number.parseInt(stanza.get("auto-installed") ?? "0", 10) > 0) auto.add(key);
    else auto.delete(key);
  }
  return auto;
}
