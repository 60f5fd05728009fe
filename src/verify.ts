/**
 * `hesper/verify`: checks a plan of integers against its model by encrypting, evaluating and decrypting under a key of its
 * own. For whoever makes plans; neither servers nor clients need it.
 */
export { verificationText } from './verification/text.ts';
export { type Verification, type VerifyOptions, verifyPlan } from './verification/verify-plan.ts';
