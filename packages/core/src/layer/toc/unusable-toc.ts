/**
 * A table of contents that cannot stand for its layer: damaged, not the one that was announced, or silent on something
 * that must be known. Never leaves `layer/toc`: the layer is then read as any other, and its digest decides.
 */
export class UnusableToc extends Error {}
