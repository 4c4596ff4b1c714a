/** Tokens of people without a right on the ad account: that of the account, with the person behind it. */
export const strangerToken = {
  of: (accountToken: string, person: string): string => `${accountToken}~${person}`,
  /** The person of such a token; undefined for any other one. */
  personOf: (accountToken: string, token: string): string | undefined =>
    token.startsWith(`${accountToken}~`) ? token.slice(accountToken.length + 1) : undefined,
}
