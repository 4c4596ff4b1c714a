/**
 * Who is who, as a pure reference for what the warehouse computes in set operations: records that share an identifier value of one
 * kind belong to one person, and so do those joined through others. Returns for each record the smallest record of its person.
 */
export function connectedComponents(
  recordIds: readonly number[],
  identifiers: readonly { readonly recordId: number; readonly kind: string; readonly value: string }[],
): ReadonlyMap<number, number> {
  const parent = new Map(recordIds.map((id) => [id, id]))
  const holders = new Map<string, number>()
  for (const { recordId, kind, value } of identifiers) {
    const key = JSON.stringify([kind, value])
    const holder = holders.get(key)
    if (holder === undefined) holders.set(key, recordId)
    else unite(parent, holder, recordId)
  }
  return new Map(recordIds.map((id) => [id, rootOf(parent, id)]))
}

function rootOf(parent: Map<number, number>, id: number): number {
  let root = id
  for (let next = parent.get(root); next !== undefined && next !== root; next = parent.get(root)) root = next
  for (let at = id; at !== root;) {
    const next = parent.get(at) ?? root
    parent.set(at, root)
    at = next
  }
  return root
}

/** The smaller root wins, so that a person is named by the smallest of their records. */
function unite(parent: Map<number, number>, left: number, right: number): void {
  const leftRoot = rootOf(parent, left)
  const rightRoot = rootOf(parent, right)
  if (leftRoot < rightRoot) parent.set(rightRoot, leftRoot)
  else parent.set(leftRoot, rightRoot)
}
