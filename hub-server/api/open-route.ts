/** A route that anybody may ask, because it tells nothing of value: GET without parameters. */
export interface OpenRoute {
  /** "/livez". */
  readonly path: string
  answer(asked: {
    /** The request shows somebody whom the hub knows. */
    readonly isKnown: boolean
  }): Promise<{ readonly status?: number; readonly body: object }>
}
