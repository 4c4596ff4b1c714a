import { Flex, Heading, hubspot, Link, List, Text } from '@hubspot/ui-extensions'
import { hubAddress, settingsWords } from './settings-words.ts'

hubspot.extend<'settings'>(({ context }) => <SettingsPage locale={context.user.locale} />)

/** Everything is set in the hub's manifests; this page says so, and where the hub is. */
function SettingsPage({ locale }: { readonly locale: string | undefined }) {
  const words = settingsWords(locale)
  return (
    <Flex direction="column" gap="medium">
      <Heading>{words.title}</Heading>
      <Text>{words.where}</Text>
      <Link href={hubAddress}>{hubAddress}</Link>
      <List variant="unordered">
        {words.uses.map((use) => (
          <Text key={use}>{use}</Text>
        ))}
      </List>
      <Text variant="microcopy">{words.leaving}</Text>
    </Flex>
  )
}
