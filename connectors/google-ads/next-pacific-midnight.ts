const hourMs = 3_600_000

/** California's clock, on which Google's daily quotas turn. */
const clock = new Intl.DateTimeFormat('en-US', {
  timeZone: 'America/Los_Angeles',
  hourCycle: 'h23',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
})

/** The next midnight in California (epoch milliseconds). */
export function nextPacificMidnight(now: number): number {
  const untilNext = (at: number): number => 24 * hourMs - sinceMidnight(at)
  const guess = now + untilNext(now)
  // The clocks may be put forward or back on the way: midnight is then an hour nearer or farther.
  const past = sinceMidnight(guess)
  return past < 12 * hourMs ? guess - past : guess + (24 * hourMs - past)
}

/** Milliseconds since midnight on California's clock. */
function sinceMidnight(at: number): number {
  const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
  const { hour = 0, minute = 0, second = 0 } = part
  return ((hour * 60 + minute) * 60 + second) * 1000 + (at % 1000)
}
