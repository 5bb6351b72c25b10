/** Patterns of topics, as the server understands them. */

/** Whether a topic is covered: `*` stands for one part, `**` at the end for any rest. */
export function topicMatches(pattern: string, topic: string): boolean {
  const wanted = pattern.split("/");
  const parts = topic.split("/");
  for (const [index, part] of wanted.entries()) {
    if (part === "**") return true;
    if (index >= parts.length || (part !== "*" && part !== parts[index])) return false;
  }
  return wanted.length === parts.length;
}
