import { z } from 'zod'

/** An audience as the hub stores it. */
export const audienceId = z
  .string()
  .regex(/^customers\/\d{1,20}\/userLists\/\d{1,20}$/)
  .meta({ description: 'Audience id: customers/<account>/userLists/<list>, as status and plans show it.' })

/** A number of Google's, as text: some are above 2^53. */
export const googleId = z.string().regex(/^\d{1,20}$/, 'expected digits')

/** Switch of every action that changes something. */
export const validateOnly = z
  .boolean()
  .default(false)
  .meta({ description: 'Checks everything with Google and changes nothing.' })

/** Fewest matched and active people for a list to serve or to seed a lookalike (chapters 2.3 and 3.3; older help pages say 1,000). */
export const fewestToServe = 100
