import { accessContracts } from './access.ts'
import { auditContracts } from './audit.ts'
import type { AnyRouteContract } from './describe-route.ts'
import { operationContracts } from './operation.ts'
import { profileContracts } from './profile.ts'
import { runContracts } from './run.ts'
import { secretContracts } from './secret.ts'
import { segmentContracts } from './segment.ts'
import { syncContracts } from './sync.ts'

/** Every route of the API, in the order of its documentation. A test holds that each has its handler, and none else. */
export const allContracts: readonly AnyRouteContract[] = [
  ...runContracts,
  ...syncContracts,
  ...segmentContracts,
  ...profileContracts,
  ...operationContracts,
  ...accessContracts,
  ...auditContracts,
  ...secretContracts,
]
