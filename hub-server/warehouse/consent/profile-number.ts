/** The number in a profile id ("p_12"); undefined where it is none. */
export function toProfileNumber(profileId: string): bigint | undefined {
  const digits = /^(?:p_)?(\d{1,18})$/.exec(profileId.trim())?.[1]
  return digits === undefined ? undefined : BigInt(digits)
}
