import { describe, expect, it } from 'vitest'
import type { BoundDestination } from '../../../core/connector/connector.ts'
import { hideSent } from '../../../core/connector/hide-sent.ts'
import { createHider, hideInError } from '../../../core/connector/hide-values.ts'
import type { JobOutcome, Outcome } from '../../../core/connector/outcome.ts'
import { PlatformError } from '../../../core/errors/affluent-error.ts'

const hide = createHider(['Zwumpqa', 'Will', 'rue de la Paix 12', ' ', '7'], '[value]')

describe('words of a platform without values', () => {
  it('lose whole words, whatever their case', () => {
    expect(hide('"zwumpqa" of RUE DE LA PAIX 12 is no city')).toBe('"[value]" of [value] is no city')
  })

  it('keep words that only hold one, and short words of another case', () => {
    expect(hide('Zwumpqas will be refused in 7 days, Will')).toBe(
      'Zwumpqas will be refused in 7 days, [value]',
    )
  })

  it('lose the beginning of a value that they were cut off in', () => {
    expect(hide('refused: rue de la P…')).toBe('refused: [value]…')
    expect(hide('refused: Zwum')).toBe('refused: [value]')
    expect(hide('refused: rue')).toBe('refused: rue')
  })

  it('leave code, act, remedy and wait of an error as they are', () => {
    const error = new PlatformError(
      'platform.rate_limited',
      { act: 'telling Zwumpqa', status: 429, said: 'no Zwumpqa' },
      { retryAfterMs: 5 },
    )
    const hidden = hideInError(error, hide)
    expect(hidden).toMatchObject({
      code: 'platform.rate_limited',
      params: { act: 'telling Zwumpqa', status: 429, said: 'no [value]' },
      wait: { retryAfterMs: 5 },
    })
    expect(hideInError(new TypeError('Zwumpqa'), hide)).toBeInstanceOf(TypeError)
    const harmless = new PlatformError('platform.not_found', { said: 'gone' })
    expect(hideInError(harmless, hide)).toBe(harmless)
  })
})

const rejecting = (message: string): JobOutcome => ({ status: 'rejected', reason: { code: 'no', message } })

const messages = (outcomes: readonly Outcome[] | undefined): (string | undefined)[] =>
  outcomes?.map((outcome) => ('reason' in outcome ? outcome.reason?.message : undefined)) ?? []

describe('a destination that quotes what it is sent', () => {
  const audience = { externalId: '1', name: 'Readers' }
  const { signal } = new AbortController()
  const records = [{ fields: { email: 'a@b.example', name: 'Zwumpqa' } }, { fields: { name: 'Zwumpqb' } }]
  const destination = {
    kind: 'list',
    description: '',
    capabilities: {},
    fields: {},
    recordsPerBatch: 10,
    find: () => Promise.resolve(null),
    create: undefined,
    validate: undefined,
    readMembers: undefined,
    readSize: undefined,
  }
  const quoting: BoundDestination = hideSent({
    ...destination,
    add: () => Promise.resolve([rejecting('Zwumpqa is wrong'), { status: 'applied', key: 'Zwumpqb' }]),
    remove: () =>
      Promise.reject(new PlatformError('platform.invalid_request', { said: 'Zwumpqb or a@b.example' })),
    async *replace({ parts }) {
      for await (const part of parts)
        yield {
          outcomes: part.map(({ fields }) => rejecting(`no ${JSON.stringify(fields['name'])}`)),
          state: null,
        }
    },
    async readJob(_job, taken) {
      await taken?.read()
      return { status: 'done', rejected: [], outcomes: [rejecting('Zwumpqa'), rejecting('Zwumpqb')] }
    },
  })

  it('is told without them: in reasons, in errors, in an exchange and in jobs', async () => {
    const request = { audience, records, signal }
    const outcomes = await quoting.add(request)
    expect(messages(outcomes)).toEqual(['[value] is wrong', undefined])
    expect(outcomes[1]).toEqual({ status: 'applied', key: 'Zwumpqb' })
    await expect(quoting.remove?.(request)).rejects.toMatchObject({
      params: { said: '[value] or [value]' },
    })
    const parts = (async function* () {
      yield records.slice(0, 1)
      yield records.slice(1)
    })()
    const told: string[] = []
    for await (const part of quoting.replace?.({ ...request, session: 's', total: 2, state: null, parts }) ??
      [])
      told.push(...messages(part.outcomes).map(String))
    expect(told).toEqual(['no "[value]"', 'no "[value]"'])
    const state = await quoting.readJob?.('job', { audience, signal, read: () => Promise.resolve(records) })
    expect(state?.status === 'done' && messages(state.outcomes)).toEqual(['[value]', '[value]'])
  })
})
