import {
  Alert,
  Button,
  Divider,
  EmptyState,
  Flex,
  Heading,
  hubspot,
  LoadingSpinner,
  StatusTag,
  Text,
} from '@hubspot/ui-extensions'
import { useCallback, useEffect, useState } from 'react'
import { cardLanguage, cardWords, shownDay, type CardWords } from './card-words.ts'
import { personAddress } from './hub-address.ts'
import { readAnswer, type PersonAnswer, type PersonCard } from './read-card.ts'

/** How long the hub may take, in milliseconds. HubSpot itself tries a failed call once more. */
const timeoutMs = 10_000

hubspot.extend<'crm.record.tab'>(({ context }) => (
  <Card contact={String(context.crm.objectId)} locale={context.user.locale} />
))

type State =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'told'; readonly person: PersonCard | null }

interface CardProps {
  readonly contact: string
  readonly locale: string | undefined
}

/** Segments, consents and audiences of the contact whose record is open. Every text about the person comes from the hub. */
function Card({ contact, locale }: CardProps) {
  const [state, setState] = useState<State>({ kind: 'loading' })
  const words = cardWords(locale)
  const ask = useCallback(() => {
    setState({ kind: 'loading' })
    readPerson(contact, locale)
      .then((answer) => setState(answer ? { kind: 'told', person: answer.person } : { kind: 'failed' }))
      .catch(() => setState({ kind: 'failed' }))
  }, [contact, locale])
  useEffect(() => ask(), [ask])
  if (state.kind === 'loading') return <LoadingSpinner label={words.loading} showLabel />
  if (state.kind === 'failed')
    return (
      <Flex direction="column" gap="small">
        <Alert title={words.unreachable} variant="warning" />
        <Button onClick={ask}>{words.again}</Button>
      </Flex>
    )
  if (state.person === null)
    return (
      <EmptyState title={words.title} layout="vertical">
        <Text>{words.unknown}</Text>
      </EmptyState>
    )
  return <Person person={state.person} words={words} locale={locale} />
}

/** HubSpot adds who asks and for which account, and signs the whole address. */
async function readPerson(contact: string, locale: string | undefined): Promise<PersonAnswer | undefined> {
  const query = `objectId=${encodeURIComponent(contact)}&language=${cardLanguage(locale)}`
  const response = await hubspot.fetch(`${personAddress}?${query}`, { method: 'GET', timeout: timeoutMs })
  return response.ok ? readAnswer(await response.json()) : undefined
}

interface PersonProps {
  readonly person: PersonCard
  readonly words: CardWords
  readonly locale: string | undefined
}

const Person = (props: PersonProps) => (
  <Flex direction="column" gap="medium">
    <Segments {...props} />
    <Divider />
    <Consents {...props} />
    <Divider />
    <Audiences {...props} />
  </Flex>
)

const Segments = ({ person, words, locale }: PersonProps) => (
  <Flex direction="column" gap="small">
    <Heading>{words.segments}</Heading>
    {person.segments.length === 0 && <Text>{words.noSegments}</Text>}
    {person.segments.map(({ name, title, since, because }) => (
      <Flex key={name} direction="column" gap="flush">
        <Text format={{ fontWeight: 'bold' }}>{`${title} – ${words.since} ${shownDay(since, locale)}`}</Text>
        <Text variant="microcopy">{`${words.why}${words.colon}${because}`}</Text>
      </Flex>
    ))}
  </Flex>
)

const Consents = ({ person, words, locale }: PersonProps) => (
  <Flex direction="column" gap="small">
    <Heading>{words.consents}</Heading>
    {person.consents.length === 0 && <Text>{words.noConsents}</Text>}
    {person.consents.map(({ purpose, channel, status, statusText, decidedAt, source }) => (
      <Flex key={`${purpose} ${channel}`} direction="column" gap="flush">
        <StatusTag variant={status === 'granted' ? 'success' : 'danger'}>
          {`${purpose} / ${channel}${words.colon}${statusText}`}
        </StatusTag>
        <Text variant="microcopy">
          {decidedAt === null
            ? `${words.source} ${source}`
            : `${words.decided} ${shownDay(decidedAt, locale)}, ${words.source} ${source}`}
        </Text>
      </Flex>
    ))}
  </Flex>
)

const Audiences = ({ person, words }: PersonProps) => (
  <Flex direction="column" gap="small">
    <Heading>{words.audiences}</Heading>
    {person.audiences.length === 0 && <Text>{words.noAudiences}</Text>}
    {person.audiences.map(({ sync, connection, audience, isIn, because }) => (
      <Flex key={sync} direction="column" gap="flush">
        <StatusTag variant={isIn ? 'success' : 'default'}>
          {`${audience} (${connection})${words.colon}${isIn ? words.isIn : words.isNotIn}`}
        </StatusTag>
        <Text variant="microcopy">{because}</Text>
      </Flex>
    ))}
  </Flex>
)
