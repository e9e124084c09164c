/** When the input being handled happened; null when a message or a timer is what runs now. */
export function eventTime(): number | null {
  const event = window.event;
  return event instanceof UIEvent ? event.timeStamp : null;
}
