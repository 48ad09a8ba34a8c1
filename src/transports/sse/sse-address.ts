/** The address of what every reader gets. */
export const EVERYBODY = '*';
const TOPIC_PREFIX = 'topic:';

const MAX_USER_CHARACTERS = 200;
const MAX_TOPIC_CHARACTERS = 100;
/** Topics of one reader. */
export const MAX_TOPICS = 50;
const CONTROLS = /\p{Cc}/u;

/** The address of what the readers of a topic get. */
function topicAddress(topic: string): string {
  return TOPIC_PREFIX + topic;
}

/** Why an id is not one of a user; undefined when it is. It must not look like an address of a topic, of a recipient, or of everybody. */
export function userProblem(user: string): string | undefined {
  if (user === '' || user.length > MAX_USER_CHARACTERS) return `must be a user id of 1..${MAX_USER_CHARACTERS} characters`;
  if (CONTROLS.test(user)) return 'must be a user id without control characters';
  return user === EVERYBODY || user.startsWith(TOPIC_PREFIX) ? 'must be a user id, neither * nor topic:NAME' : undefined;
}

/** Why a name is not one of a topic; undefined when it is. */
export function topicProblem(topic: string): string | undefined {
  const isName = topic !== '' && topic.length <= MAX_TOPIC_CHARACTERS && !CONTROLS.test(topic);
  return isName ? undefined : `must be the name of a topic, 1..${MAX_TOPIC_CHARACTERS} characters without control characters`;
}

/** Why an address is not one of the channel; undefined when it is. */
export function sseAddressProblem(address: string): string | undefined {
  if (address === EVERYBODY) return undefined;
  return address.startsWith(TOPIC_PREFIX) ? topicProblem(address.slice(TOPIC_PREFIX.length)) : userProblem(address);
}

/** Whether an address is that of a user, and not of a topic or of everybody. */
export function isUser(address: string): boolean {
  return address !== EVERYBODY && !address.startsWith(TOPIC_PREFIX);
}

/** What a reader gets: what is for it, for its topics, and for everybody. */
export function addressesOf({ user, topics }: StreamScope): readonly string[] {
  return [...(user === undefined ? [] : [user]), ...new Set(topics.map(topicAddress)), EVERYBODY];
}

/** Whose events a reader asks for, or may ask for, besides those for everybody. */
export interface StreamScope {
  readonly user?: string | undefined;
  readonly topics: readonly string[];
}
