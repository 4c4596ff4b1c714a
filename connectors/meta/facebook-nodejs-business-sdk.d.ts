/**
 * The sliver of facebook-nodejs-business-sdk 24.0.1 that this connector uses; the package carries no types
 * (facebook/facebook-nodejs-business-sdk#197).
 */
declare module 'facebook-nodejs-business-sdk' {
  type Params = Record<string, unknown>

  export class FacebookAdsApi {
    /** `crashLog` must be false: the reporter hooks `uncaughtException` and sends stack traces to Meta. */
    constructor(accessToken: string, locale: string, crashLog: boolean)
    call(method: string, path: readonly string[], params?: Params): Promise<unknown>
  }

  export class AdAccount {
    constructor(id: string, data: object, parentId: undefined, api: FacebookAdsApi)
    get(fields: readonly string[]): Promise<unknown>
    getCustomAudiences(fields: readonly string[], params: Params): Promise<unknown>
    createCustomAudience(fields: readonly string[], params: Params): Promise<unknown>
    getInsights(fields: readonly string[], params: Params): Promise<unknown>
    getInsightsAsync(fields: readonly string[], params: Params): Promise<unknown>
  }

  export class AdSet {
    constructor(id: string, data: object, parentId: undefined, api: FacebookAdsApi)
    get(fields: readonly string[]): Promise<unknown>
    update(fields: readonly string[], params: Params): Promise<unknown>
  }

  export class CustomAudience {
    constructor(id: string, data: object, parentId: undefined, api: FacebookAdsApi)
    get(fields: readonly string[]): Promise<unknown>
    createUser(fields: readonly string[], params: Params): Promise<unknown>
    createUsersReplace(fields: readonly string[], params: Params): Promise<unknown>
  }
}
