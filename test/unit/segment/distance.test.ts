import { describe, expect, it } from 'vitest'
import { isWithin } from '../../../core/segment/place/distance.ts'

const paris = { latitude: 48.8566, longitude: 2.3522 }

/** The radius at which a point comes into the circle, found by halving, in kilometres. */
function distance(from: typeof paris, to: typeof paris): number {
  let [low, high] = [0, 20_016]
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2
    if (isWithin({ ...from, radius_km: middle }, to)) high = middle
    else low = middle
  }
  return high
}

describe('a radius on the sphere', () => {
  // Great-circle distances on a sphere of 6371.0088 km, by Python's math.asin over the haversine.
  it.each([
    ['London', { latitude: 51.5074, longitude: -0.1278 }, 343.55653],
    ['New York', { latitude: 40.7128, longitude: -74.006 }, 5837.24897],
    ['Sydney', { latitude: -33.8688, longitude: 151.2093 }, 16_960.5208],
    ['the next street', { latitude: 48.857, longitude: 2.3522 }, 0.04447803],
  ])('is as far as %s is', (_, point, kilometres) => {
    expect(distance(paris, point)).toBeCloseTo(kilometres, 3)
  })

  it('goes across the date line and over the poles', () => {
    expect(distance({ latitude: 0, longitude: 179.9 }, { latitude: 0, longitude: -179.9 })).toBeCloseTo(
      22.23902,
      3,
    )
    expect(distance({ latitude: 90, longitude: 0 }, { latitude: 90, longitude: 123 })).toBeLessThan(1e-6)
    expect(distance({ latitude: 90, longitude: 0 }, { latitude: -90, longitude: 0 })).toBeCloseTo(20_015.1, 0)
  })

  it('has its centre and its edge inside', () => {
    expect(isWithin({ ...paris, radius_km: 1e-9 }, paris)).toBe(true)
  })
})
