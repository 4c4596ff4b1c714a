import type { ErrorParams } from '../../core/errors/affluent-error.ts'
import type { JsonValue } from '../../core/port/json.ts'
import type { RouteContract } from '../api/contract/describe-route.ts'

/** The parts of a request that its route takes. */
export interface Asked<Params, Query, Body> {
  readonly params?: Params
  readonly query?: Query
  readonly body?: Body
  /** The ETag that a change was made from, where the route needs one. */
  readonly ifMatch?: string
}

/** What a command talks to: the hub that runs on this workspace, or one that was opened for it in this process. */
export interface HubClient {
  /** Who holds the workspace, as the lock tells it; absent of one that was opened for the command. */
  readonly holder?: ErrorParams
  /**
   * Sends a request and returns its answer, of an operation its result. `onProgress` is told what the operation tells. Throws the errors
   * of the route, as its handler threw them.
   */
  ask<Params, Query, Body, Answer>(
    contract: RouteContract<Params, Query, Body, Answer>,
    asked?: Asked<Params, Query, Body>,
    onProgress?: (event: JsonValue) => void,
  ): Promise<Answer>
  /** The answers of a stream, until it ends or the command is stopped. */
  follow<Params, Query, Body, Answer>(
    contract: RouteContract<Params, Query, Body, Answer>,
    asked?: Asked<Params, Query, Body>,
  ): AsyncIterable<Answer>
}
