/** The layer of an instance: `starts` ascends, so it is searched by halves. */
export function layerOfInstance(starts: ArrayLike<number>, instance: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= instance) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The layer that put a node there: nodes are numbered in the order in which they come. */
export function layerOfNode(firstNodes: ArrayLike<number>, node: number): number {
  let layer = firstNodes.length - 1;
  while (layer > 0 && (firstNodes[layer] as number) > node) layer--;
  return layer;
}

/** The node of the path that an entry itself has, wherever it is reported; NONE where it has no place in the tree. */
export function ownNodeOf(
  { nodes, ownNodes }: { readonly nodes: Int32Array; readonly ownNodes: ReadonlyMap<number, number> },
  instance: number,
): number {
  return ownNodes.get(instance) ?? (nodes[instance] as number);
}
