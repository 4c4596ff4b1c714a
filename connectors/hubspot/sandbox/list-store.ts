import type { Clock } from '../../../core/port/clock.ts'
import type { LedgerEntry } from '../../sandbox-kit/sandbox-server.ts'
import type { RecordStore, MembershipHooks } from './record-store.ts'

type ProcessingType = 'MANUAL' | 'DYNAMIC' | 'SNAPSHOT'

/** One list of the sandbox. `members` maps a contact id to the time it joined. */
export interface SandboxList {
  readonly listId: string
  readonly name: string
  readonly objectTypeId: string
  readonly processingType: ProcessingType
  readonly members: Map<string, number>
  readonly createdAt: number
  readonly deletedAt: number | null
}

/** What a membership write did, under the vendor's spelling (chapter 1.4). */
interface MembershipAnswer {
  readonly recordsIdsAdded: readonly string[]
  readonly recordIdsRemoved: readonly string[]
  readonly recordIdsMissing: readonly string[]
}

export interface ListStore extends MembershipHooks {
  readonly lists: ReadonlyMap<string, SandboxList>
  /** A list that is not deleted. */
  get(listId: string): SandboxList | undefined
  /** Undefined when a list of this name is there already. */
  create(name: string, processingType: ProcessingType, objectTypeId?: string): SandboxList | undefined
  remove(listId: string): boolean
  restore(listId: string): boolean
  change(
    list: SandboxList,
    add: readonly string[],
    remove: readonly string[],
    contacts: RecordStore,
  ): MembershipAnswer
}

export function createListStore(clock: Clock, ledger: LedgerEntry[]): ListStore {
  const lists = new Map<string, SandboxList>()
  const get = (listId: string): SandboxList | undefined => {
    const list = lists.get(listId)
    return list?.deletedAt === null ? list : undefined
  }
  const setDeleted = (listId: string, deletedAt: number | null): boolean => {
    const list = lists.get(listId)
    if (!list || (list.deletedAt === null) === (deletedAt === null)) return false
    lists.set(listId, { ...list, deletedAt })
    return true
  }
  const note = (operation: string, target: string, members: readonly string[]): void => {
    if (members.length > 0) ledger.push({ at: clock.now(), operation, target, members })
  }
  return {
    lists,
    get,
    create(name, processingType, objectTypeId = '0-1') {
      for (const list of lists.values()) if (list.deletedAt === null && list.name === name) return undefined
      const listId = String(lists.size + 1)
      const list = { listId, name, objectTypeId, processingType, members: new Map(), createdAt: clock.now() }
      lists.set(listId, { ...list, deletedAt: null })
      note('list_create', listId, [name])
      return get(listId)
    },
    remove: (listId) => setDeleted(listId, clock.now()),
    restore: (listId) => setDeleted(listId, null),
    change(list, add, remove, contacts) {
      const known = (id: string): boolean => contacts.getExact(id) !== undefined
      const missing = [...add, ...remove].filter((id) => !known(id))
      const recordsIdsAdded = add.filter((id) => known(id) && !list.members.has(id))
      const recordIdsRemoved = remove.filter((id) => list.members.has(id))
      for (const id of recordsIdsAdded) list.members.set(id, clock.now())
      for (const id of recordIdsRemoved) list.members.delete(id)
      note('list_add', list.listId, add.filter(known))
      note('list_remove', list.listId, remove.filter(known))
      return { recordsIdsAdded, recordIdsRemoved, recordIdsMissing: missing }
    },
    onGone(id) {
      for (const list of lists.values()) list.members.delete(id)
    },
    onMerged(oldIds, newId) {
      for (const list of lists.values()) {
        const joinedAt = oldIds.map((id) => list.members.get(id)).find((time) => time !== undefined)
        if (joinedAt !== undefined) list.members.set(newId, joinedAt)
      }
    },
  }
}
