import { afterEach } from "vitest";
import { type FakeRegistry, type FakeRegistryOptions, startFakeRegistry } from "./fake-registry.ts";
import type { BuiltImage } from "./image-builder.ts";

export interface TestRegistries {
  /** A registry of its own with the image in it. */
  registryWith(options?: FakeRegistryOptions): Promise<FakeRegistry>;
  /** To be closed when the test is over, the last one first. */
  readonly closing: (() => Promise<unknown>)[];
}

/** Registries that are gone when a test is over. */
export function testRegistries(repository: string, tag: string, image: BuiltImage): TestRegistries {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });
  return {
    closing,
    async registryWith(options = {}) {
      const registry = await startFakeRegistry(options);
      closing.push(() => registry.close());
      registry.push(repository, tag, image);
      return registry;
    },
  };
}
