const dayMs = 86_400_000

/**
 * The instant (epoch milliseconds) at which the next calendar day begins in an IANA time zone. HubSpot's daily quota is full
 * again then. An unknown zone counts as UTC.
 */
export function nextMidnight(now: number, timeZone: string): number {
  const offsetAt = zoneOffset(timeZone)
  const localDay = Math.floor((now + offsetAt(now)) / dayMs)
  const localMidnight = (localDay + 1) * dayMs
  // The clocks may be put forward or back between now and midnight: the offset that counts is the one at midnight.
  return localMidnight - offsetAt(localMidnight - offsetAt(now))
}

function zoneOffset(timeZone: string): (at: number) => number {
  const format = zoneFormat(timeZone)
  return (at) => {
    const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const { year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000
  }
}

function zoneFormat(timeZone: string): Intl.DateTimeFormat {
  const options = {
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  } as const
  try {
    return new Intl.DateTimeFormat('en-US', { ...options, timeZone })
  } catch {
    // Intl throws RangeError on a name it does not know; waiting until midnight UTC is then the best guess there is.
    return new Intl.DateTimeFormat('en-US', { ...options, timeZone: 'UTC' })
  }
}
