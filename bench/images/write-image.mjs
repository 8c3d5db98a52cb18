import { createHash } from "node:crypto";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { compressed } from "./compress.mjs";
import { blobName, dockerFiles, ociFiles } from "./image-json.mjs";
import { ENDING, padding, tarHeader } from "./tar-bytes.mjs";

/** Hashes what goes by. */
async function* hashing(chunks, hash) {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Everything into one tar: one layer after the other. */
class Archive {
  concurrency = 1;
  #file;
  #at = 0;

  static async at(path) {
    const archive = new Archive();
    archive.#file = await open(path, "w");
    return archive;
  }

  async #write(bytes, at) {
    for (let written = 0; written < bytes.length; ) {
      written += (await this.#file.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
    }
  }

  async #append(bytes) {
    await this.#write(bytes, this.#at);
    this.#at += bytes.length;
  }

  async put(name, bytes) {
    await this.#append(tarHeader(name, bytes.length));
    await this.#append(bytes);
    await this.#append(padding(bytes.length));
  }

  /** An entry whose length and name are known only once it is written: its header is filled in afterwards. */
  async stream(chunks, nameOf) {
    const header = this.#at;
    await this.#append(Buffer.alloc(512));
    const hash = createHash("sha256");
    let size = 0;
    for await (const chunk of hashing(chunks, hash)) {
      size += chunk.length;
      await this.#append(chunk);
    }
    await this.#append(padding(size));
    const digest = `sha256:${hash.digest("hex")}`;
    await this.#write(tarHeader(nameOf(digest), size), header);
    return { digest, size };
  }

  async end() {
    await this.#append(ENDING);
  }

  close() {
    return this.#file.close();
  }
}

/** Each blob a file of its own: layers are compressed side by side. */
class Folder {
  concurrency = cpus().length;
  #path;
  #count = 0;

  static async at(path) {
    const folder = new Folder();
    folder.#path = path;
    await mkdir(join(path, "blobs/sha256"), { recursive: true });
    return folder;
  }

  put(name, bytes) {
    return writeFile(join(this.#path, name), bytes);
  }

  async stream(chunks, nameOf) {
    const temporary = join(this.#path, `writing-${this.#count++}`);
    const file = await open(temporary, "w");
    const hash = createHash("sha256");
    let size = 0;
    try {
      for await (const chunk of hashing(chunks, hash)) {
        size += chunk.length;
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    const digest = `sha256:${hash.digest("hex")}`;
    await rename(temporary, join(this.#path, nameOf(digest)));
    return { digest, size };
  }

  async end() {}

  async close() {}
}

/**
 * Writes an image. `layers` are functions that give the chunks of a layer's tar; `form` is `docker-archive` (layers as
 * they are), `oci-archive` or `oci-layout` (a folder).
 */
export async function writeImage({ out, form, compression, name, layers, steps }) {
  const destination = await (form === "oci-layout" ? Folder.at(out) : Archive.at(out));
  const docker = form === "docker-archive";
  const diffIds = [];
  const blobs = [];
  const queue = layers.map((chunksOf, index) => ({ chunksOf, index }));
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { index } = next;
      const uncompressed = createHash("sha256");
      const nameOf = (digest) => (docker ? `layer-${index}/layer.tar` : blobName(digest));
      const chunks = compressed(hashing(next.chunksOf(), uncompressed), compression);
      blobs[index] = await destination.stream(chunks, nameOf);
      diffIds[index] = `sha256:${uncompressed.digest("hex")}`;
    }
  };
  try {
    await Promise.all(Array.from({ length: destination.concurrency }, work));
    const parts = { name, diffIds, steps, blobs, compression };
    for (const [file, bytes] of docker ? dockerFiles(parts) : ociFiles(parts)) await destination.put(file, bytes);
    await destination.end();
  } finally {
    await destination.close();
  }
}
