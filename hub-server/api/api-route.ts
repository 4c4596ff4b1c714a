import type { Translator } from '../locales/translate.ts'

/** A request as a route sees it: nothing of HTTP but words. */
interface ApiRequest {
  readonly params: Readonly<Record<string, string>>
  readonly query: unknown
  /** Speaks the reader's language. */
  readonly translator: Translator
}

interface ApiReply {
  /** Default 200. */
  readonly status?: number
  readonly body: object
}

/** A route as data. All routes read; each says who may call it. */
export interface ApiRoute {
  readonly method: 'GET'
  /** Express path: "/v1/runs/:id". */
  readonly path: string
  /** `public`: health only. `read`: needs the API token where one is configured. */
  readonly permission: 'public' | 'read'
  answer(request: ApiRequest): Promise<ApiReply>
}
