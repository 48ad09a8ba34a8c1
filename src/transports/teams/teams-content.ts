/** An element of an Adaptive Card; see https://adaptivecards.io/explorer. */
export interface CardElement {
  /** `TextBlock`, `Container`, …: https://adaptivecards.io/explorer/ */
  readonly type: string;
  readonly [property: string]: unknown;
}

/** An Adaptive Card, https://adaptivecards.io/explorer/AdaptiveCard.html. */
export interface AdaptiveCard {
  /** Always `AdaptiveCard`. */
  readonly type: 'AdaptiveCard';
  /** Of the schema. */
  readonly version: string;
  /** Shown from top to bottom. */
  readonly body: readonly CardElement[];
  /** Buttons below the body. */
  readonly actions?: readonly CardElement[];
  readonly [property: string]: unknown;
}

/** What the Teams transport posts: a card, and what it posts instead when Teams refuses the card. */
export interface TeamsContent {
  /** What is posted. */
  readonly card: AdaptiveCard;
  /** Posted once when the card is too large (413). Defaults to nothing: the message is then dead. */
  readonly shorter?: AdaptiveCard;
  /** Posted once when the card is refused (400). Defaults to nothing: the message is then dead. */
  readonly plain?: AdaptiveCard;
}
