import { open } from "node:fs/promises";

const NAMED = /(?:^|[/\\])(?:Dockerfile|Containerfile)(?:\.[\w.-]+)?$|\.(?:Dockerfile|dockerfile|Containerfile)$/;
const READ_BYTES = 4096;
/** Comments and empty lines, and then what a Dockerfile has to begin with. */
const BEGINNING = /^(?:\uFEFF)?(?:[ \t]*(?:#[^\n]*)?\r?\n)*[ \t]*(?:FROM|ARG)[ \t]+\S/i;

/** Whether a path is a Dockerfile, by how it begins: no image does so, whatever the file is called. Never throws. */
export async function looksLikeDockerfile(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    if (!(await file.stat()).isFile()) return false;
    const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, 0);
    const text = buffer.toString("utf8", 0, bytesRead);
    return BEGINNING.test(text) || (NAMED.test(path) && !text.includes("\0"));
  } finally {
    await file.close();
  }
}
