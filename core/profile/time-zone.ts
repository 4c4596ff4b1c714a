const formatters = new Map<string, Intl.DateTimeFormat>()

/** True when the engine knows this IANA zone ("Europe/Paris"). */
export function isTimeZone(zone: string): boolean {
  try {
    formatterOf(zone)
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/**
 * The instant (epoch milliseconds) at which clocks in `zone` show `wallTime` (the same figures read as UTC). In the hour that occurs
 * twice it is the first; in the hour that is skipped it is as much later as the clocks jump, as ECMA-262 does for local times.
 */
export function fromWallTime(wallTime: number, zone: string): number {
  if (zone === 'UTC') return wallTime
  const before = offsetAt(wallTime - 86_400_000, zone)
  const after = offsetAt(wallTime + 86_400_000, zone)
  const candidate = wallTime - before
  if (before === after || offsetAt(candidate, zone) === before) return candidate
  const later = wallTime - after
  return offsetAt(later, zone) === after ? later : candidate
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone)
  if (known) return known
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  formatters.set(zone, formatter)
  return formatter
}

/** How far clocks in `zone` are ahead of UTC at that instant, in milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const shown: Record<string, number> = {}
  let era = 'AD'
  for (const part of formatterOf(zone).formatToParts(instant)) {
    if (part.type === 'era') era = part.value
    else shown[part.type] = Number(part.value)
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  const wall = new Date(0)
  wall.setUTCFullYear(era.startsWith('B') ? 1 - year : year, month - 1, day)
  wall.setUTCHours(hour, minute, second)
  return wall.getTime() - Math.floor(instant / 1000) * 1000
}
