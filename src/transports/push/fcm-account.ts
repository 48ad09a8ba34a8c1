/** Where FCM is reached. */
export const FCM_URL = 'https://fcm.googleapis.com';

/** What of a service account's file is needed (https://developers.google.com/identity/protocols/oauth2/service-account). */
export interface ServiceAccount {
  /** As in the JSON file of the account. */
  readonly project_id: string;
  /** As in the JSON file of the account. */
  readonly client_email: string;
  /** As in the JSON file of the account; a secret. */
  readonly private_key: string;
  /** As in the JSON file of the account. */
  readonly token_uri: string;
}
