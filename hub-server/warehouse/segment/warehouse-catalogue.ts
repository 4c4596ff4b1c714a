import type { Catalogue } from '../../../core/segment/catalogue.ts'
import { consentColumn, propertyColumn, traitColumn } from '../tables.ts'

/** Where rules find the warehouse's tables and columns. */
export const warehouseCatalogue: Catalogue = {
  profile: 'profile',
  event: 'event',
  membership: 'every_membership',
  delivery: 'delivery',
  recordTrait: 'record_trait',
  recordIdentifier: 'every_identifier',
  traitColumn,
  consentColumn,
  propertyColumn,
}
