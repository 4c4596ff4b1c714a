import type { Node } from 'jsonc-parser'
import type { ManifestPath } from './manifest-fault.ts'

/** The node at the end of a path, or the last one on the way that is written in the file (`isWhole` false). */
export type FindNode = (path: ManifestPath) => { readonly node: Node; readonly isWhole: boolean }

/** Finds nodes by path. Keys of an object are indexed at first use: a file may have very many keys, and a fault on each. */
export function createNodeFinder(root: Node): FindNode {
  const indexes = new Map<Node, ReadonlyMap<string, Node>>()
  const childOf = (node: Node, key: string | number): Node | undefined => {
    if (node.type === 'array') return typeof key === 'number' ? node.children?.[key] : undefined
    if (node.type !== 'object') return undefined
    const index = indexes.get(node) ?? indexProperties(node)
    indexes.set(node, index)
    return index.get(String(key))
  }
  return (path) => {
    let node = root
    for (const key of path) {
      const child = childOf(node, key)
      if (!child) return { node, isWhole: false }
      node = child
    }
    return { node, isWhole: true }
  }
}

/** Of a key that is there twice the first counts; the second is a fault of its own. */
function indexProperties(object: Node): ReadonlyMap<string, Node> {
  const index = new Map<string, Node>()
  for (const { children } of object.children ?? []) {
    const [key, value] = children ?? []
    if (key && value && !index.has(String(key.value))) index.set(String(key.value), value)
  }
  return index
}
