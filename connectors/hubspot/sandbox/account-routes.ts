import type { SandboxRoute } from '../../sandbox-kit/sandbox-server.ts'

/** Facts of the account that the sandbox plays. */
export interface SandboxAccount {
  readonly portalId: number
  readonly timeZone: string
  readonly uiDomain: string
}

/** Account facts, and the end of the app's stay in the account (chapter 1.1: 204, by the account's bearer). */
export function accountRoutes(account: SandboxAccount, onUninstall: () => void): SandboxRoute[] {
  return [
    {
      method: 'GET',
      pattern: /^\/account-info\/(?:2026-03|2026-09)\/details$/,
      answer: () => ({
        status: 200,
        body: { accountType: 'STANDARD', dataHostingLocation: 'na1', companyCurrency: 'EUR', ...account },
      }),
    },
    {
      method: 'DELETE',
      pattern: /^\/appinstalls\/(?:2026-03|2026-09)\/external-install$/,
      answer() {
        onUninstall()
        return { status: 204 }
      },
    },
  ]
}
