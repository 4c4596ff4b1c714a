import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChangeSignal } from '../../../core/connector/signal.ts'
import type { ControlStore } from '../../../core/port/control-store.ts'
import type { ToldSignal } from '../../../core/port/inbox.ts'
import type { StoreUnderTest } from './suite.ts'

const signal = (id: string, kind: ChangeSignal['kind'] = 'deleted'): ChangeSignal => ({
  id,
  kind,
  stream: 'people',
  externalId: '7',
  mergedIds: ['8'],
  audienceId: 'a',
  occurredAt: 1_700_000_000_000,
})
const told = (id: string, kind?: ChangeSignal['kind'], connection = 'crm'): ToldSignal => ({
  connection,
  signal: signal(id, kind),
})

/** What the inbox of every control store must do, whatever engine is under it. */
export function describeInbox(engine: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${engine}: inbox`, () => {
    let subject: StoreUnderTest
    const store = (): ControlStore => subject.store()
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.remove())
    const numbers = async (): Promise<number[]> =>
      (await store().waitingSignals(100)).map(({ number }) => number)

    it('gives back what waits, as it was told and in the order of arrival', async () => {
      const bare: ChangeSignal = { id: 'é "\u2028\u0000\n', kind: 'uninstalled', occurredAt: 0 }
      await store().keepSignals([told('b'), told('a'), { connection: 'ads', signal: bare }])
      await store().keepSignals([told('c')])
      await subject.reopen()
      const waiting = await store().waitingSignals(100)
      expect(waiting.map(({ connection, signal: of }) => [connection, of])).toEqual([
        ['crm', signal('b')],
        ['crm', signal('a')],
        ['ads', bare],
        ['crm', signal('c')],
      ])
      expect((await store().waitingSignals(2)).map(({ signal: of }) => of.id)).toEqual(['b', 'a'])
    })

    it('keeps one of each connection and id, within a call and over restarts', async () => {
      expect(await store().keepSignals([told('a'), told('a'), told('a', 'deleted', 'ads')])).toEqual({
        fresh: 2,
        repeated: 1,
        differing: 0,
      })
      await subject.reopen()
      expect(await store().keepSignals([told('a', 'changed')])).toEqual({
        fresh: 0,
        repeated: 1,
        differing: 1,
      })
      expect((await store().waitingSignals(100)).map(({ signal: of }) => of.kind)).toEqual([
        'deleted',
        'deleted',
      ])
      expect(await store().keepSignals([])).toEqual({ fresh: 0, repeated: 0, differing: 0 })
    })

    it('settles what was followed; a wish for erasure stays', async () => {
      await store().keepSignals([told('a'), told('e', 'erased'), told('b')])
      const [first = 0, second = 0] = await numbers()
      await store().settleSignals([first, second])
      const state = (id: string) => store().signalState(store().codeOf(told(id)))
      expect(await Promise.all(['a', 'e', 'b', 'c'].map(state))).toEqual([
        'handled',
        'erase_wanted',
        'waiting',
        undefined,
      ])
      await store().keepSignals([told('a'), told('e', 'erased')])
      expect(await numbers()).toHaveLength(1)
    })

    it('forgets what was handled before an instant, and nothing else', async () => {
      await store().keepSignals([
        ...Array.from({ length: 12_000 }, (_, index) => told(`old-${index}`)),
        told('e', 'erased'),
        told('waits'),
      ])
      const all = (await store().waitingSignals(20_000)).map(({ number }) => number)
      await store().settleSignals(all.slice(0, -1))
      expect(await store().forgetSignals(0)).toBe(0)
      expect(await store().forgetSignals(Number.MAX_SAFE_INTEGER)).toBe(12_000)
      expect(await store().signalState(store().codeOf(told('e')))).toBe('erase_wanted')
      expect(await numbers()).toHaveLength(1)
      expect(await store().keepSignals([told('old-1')])).toMatchObject({ fresh: 1 })
    })
  })
}
