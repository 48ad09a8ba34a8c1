/** An element of an Adaptive Card; see https://adaptivecards.io/explorer. */
export interface CardElement {
  readonly type: string;
  readonly [property: string]: unknown;
}

/** An Adaptive Card, https://adaptivecards.io/explorer/AdaptiveCard.html. */
export interface AdaptiveCard {
  readonly type: 'AdaptiveCard';
  readonly version: string;
  readonly body: readonly CardElement[];
  readonly actions?: readonly CardElement[];
  readonly [property: string]: unknown;
}

/** What the Teams transport posts: a card, and what it posts instead when Teams refuses the card. */
export interface TeamsContent {
  readonly card: AdaptiveCard;
  /** Posted once when the card is too large (413). Defaults to nothing: the message is then dead. */
  readonly shorter?: AdaptiveCard;
  /** Posted once when the card is refused (400). Defaults to nothing: the message is then dead. */
  readonly plain?: AdaptiveCard;
}
