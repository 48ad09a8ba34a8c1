/** Where FCM is reached. */
export const FCM_URL = 'https://fcm.googleapis.com';

/** What of a service account's file is needed (https://developers.google.com/identity/protocols/oauth2/service-account). */
export interface ServiceAccount {
  readonly project_id: string;
  readonly client_email: string;
  readonly private_key: string;
  readonly token_uri: string;
}
