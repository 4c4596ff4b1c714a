const hourMs = 3_600_000
const clockOnTheWall = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
})

/** The next midnight in Pacific time, when Google's daily quotas start anew; on days with a clock change, too. Epoch milliseconds. */
export function nextPacificMidnight(now: number): number {
  const guess = now - sinceMidnightMs(now) + 24 * hourMs
  const off = sinceMidnightMs(guess)
  return off <= 12 * hourMs ? guess - off : guess + (24 * hourMs - off)
}

/** What the clock on the wall shows, as milliseconds. */
function sinceMidnightMs(instant: number): number {
  const parts = clockOnTheWall.formatToParts(instant)
  const read = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0)
  return (read('hour') * 3600 + read('minute') * 60 + read('second')) * 1000 + (instant % 1000)
}
