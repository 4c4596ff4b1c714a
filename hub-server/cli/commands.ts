import type { CommandDefinition } from './command.ts'
import { applyCommand } from './commands/apply.ts'
import { approveCommand } from './commands/approve.ts'
import { auditVerifyCommand } from './commands/audit-verify.ts'
import { completionCommand } from './commands/completion.ts'
import { demoCommand } from './commands/demo.ts'
import { explainCommand } from './commands/explain.ts'
import { initCommand } from './commands/init.ts'
import { planCommand } from './commands/plan.ts'
import { runCommand } from './commands/run.ts'
import { schemaCommand } from './commands/schema.ts'
import { serveCommand } from './commands/serve.ts'
import { statusCommand } from './commands/status.ts'
import { validateCommand } from './commands/validate.ts'

/** Every command, in the order of the help. */
export const commands: readonly CommandDefinition[] = [
  initCommand,
  validateCommand,
  planCommand,
  applyCommand,
  runCommand,
  approveCommand,
  statusCommand,
  explainCommand,
  auditVerifyCommand,
  schemaCommand,
  completionCommand,
  serveCommand,
  demoCommand,
]
