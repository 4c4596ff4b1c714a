import { z } from 'zod'
import { fieldName } from '../../manifest/name.ts'

const latitude = z.number().min(-90).max(90)
const longitude = z.number().min(-180).max(180)

const point = z
  .strictObject({
    latitude: fieldName.meta({ description: 'The trait that holds the latitude in degrees: a number.' }),
    longitude: fieldName.meta({ description: 'The trait that holds the longitude in degrees: a number.' }),
  })
  .meta({ description: 'Where somebody is, as two traits.' })

const address = z
  .strictObject({
    country: fieldName.meta({ description: 'The trait that holds the country: a text.' }),
    postcode: fieldName.optional().meta({ description: 'The trait that holds the postcode: a text.' }),
  })
  .meta({ description: 'Where somebody lives, as traits.' })

const ifMissing = z.boolean().optional().meta({
  description:
    'What the condition is for people of whom it is unknown. Without it: unknown, which matches nobody.',
})

const radiusCondition = z.strictObject({
  place: point,
  within: z
    .strictObject({
      latitude: latitude.meta({ description: 'Latitude of the centre in degrees, north positive.' }),
      longitude: longitude.meta({ description: 'Longitude of the centre in degrees, east positive.' }),
      // Half of the Earth's girth is 20,015 km: beyond it everybody is inside.
      radius_km: z.number().positive().max(20_016).meta({ description: 'Radius in kilometres, included.' }),
    })
    .meta({ description: 'Circle around a point on the sphere.' }),
  if_missing: ifMissing,
})

const boxCondition = z.strictObject({
  place: point,
  in_region: z
    .strictObject({
      south: latitude.meta({ description: 'Southern edge in degrees, included.' }),
      west: longitude.meta({
        description: 'Western edge in degrees, included; beyond the eastern one across 180°.',
      }),
      north: latitude.meta({ description: 'Northern edge in degrees, included.' }),
      east: longitude.meta({ description: 'Eastern edge in degrees, included.' }),
    })
    .meta({ description: 'Box between two latitudes and two longitudes.' }),
  if_missing: ifMissing,
})

const areaCondition = z.strictObject({
  place: address,
  in_region: z
    .array(
      z.strictObject({
        country: z.string().min(1).max(64).meta({ description: 'The country, as the trait holds it.' }),
        postcodes: z
          .array(z.string().min(1).max(16))
          .min(1)
          .max(100)
          .optional()
          .meta({ description: 'Beginnings of postcodes. Without them: all of the country.' }),
      }),
    )
    .min(1)
    .max(100)
    .meta({ description: 'Countries, or parts of them by the beginnings of their postcodes.' }),
  if_missing: ifMissing,
})

/** Schemas of conditions on where somebody is: in a circle, in a box, in countries or parts of them. */
export const placeConditions = [radiusCondition, boxCondition, areaCondition] as const

type RadiusCondition = z.output<typeof radiusCondition>
export type BoxCondition = z.output<typeof boxCondition>
export type AreaCondition = z.output<typeof areaCondition>
export type PlaceCondition = RadiusCondition | BoxCondition | AreaCondition

/** True for a box between coordinates, false for countries and postcodes. */
export function isBox(condition: BoxCondition | AreaCondition): condition is BoxCondition {
  return 'latitude' in condition.place
}
