const PREFIX = 'setting ';

/** The topic of the signals that say that a setting was written. */
export function settingTopic(name: string): string {
  return `${PREFIX}${name}`;
}

export function isSettingTopic(topic: string): boolean {
  return topic.startsWith(PREFIX);
}
