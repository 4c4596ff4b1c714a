import { z } from 'zod'
import { describeRoute } from './describe-route.ts'
import { flag, instant, wholeNumber, wire } from './wire.ts'

/** An event as it may be looked at: what kind it is and which fields it has, but nothing that tells who it is of. */
export interface TailedEvent {
  readonly source: string
  readonly receivedAt: number
  readonly type: string
  /** Name of the event, page or screen. */
  readonly name: string
  /** The person's id with all but its ends hidden. */
  readonly person: string
  /** Names of the properties or traits. */
  readonly fields: readonly string[]
  /** "taken", "declined", or why it was set aside. */
  readonly state: string
}

/** One call of a client, with the events that it brought. */
export interface TailedCall {
  readonly number: number
  readonly events: readonly TailedEvent[]
}

/** `after`: number of the call to go on after. `once`: ends when all that is there was told. */
interface TailQuery {
  readonly after?: number
  readonly once?: boolean
}

export const tailEvents = describeRoute({
  name: 'events.tail',
  method: 'GET',
  path: '/v1/events',
  permission: 'events:read',
  mode: 'stream',
  summary: 'Events of clients as they arrive, without who they are of; resumes after Last-Event-ID.',
  query: wire<TailQuery>({
    after: wholeNumber(0, 999_999_999_999).exactOptional(),
    once: flag.exactOptional(),
  }),
  answer: wire<TailedCall>({
    number: z.int(),
    events: z.array(
      wire<TailedEvent>({
        source: z.string(),
        receivedAt: instant,
        type: z.string(),
        name: z.string(),
        person: z.string(),
        fields: z.array(z.string()),
        state: z.string(),
      }),
    ),
  }),
  example: {
    query: { once: 'true' },
    answer: {
      number: 12,
      events: [
        {
          source: 'website',
          received_at: '2026-11-22T08:00:00.000Z',
          type: 'track',
          name: 'purchase',
          person: 'a…m',
          fields: ['amount'],
          state: 'taken',
        },
      ],
    },
  },
})

export const eventContracts = [tailEvents]
