import SEAL from 'node-seal';

const seal = await SEAL();
const parms = seal.EncryptionParameters(seal.SchemeType.bfv);
parms.setPolyModulusDegree(8192);
parms.setCoeffModulus(seal.CoeffModulus.Create(8192, Int32Array.of(45, 45, 45, 46)));
parms.setPlainModulus(seal.PlainModulus.Batching(8192, 20));
const context = seal.Context(parms, true, seal.SecurityLevel.tc128);
if (!context.parametersSet()) throw new Error('these parameters do not work');

const generator = seal.KeyGenerator(context);
const secretKey = generator.secretKey();
const publicKey = generator.createPublicKey();
const relinKeys = generator.createRelinKeys();
const galoisKeys = generator.createGaloisKeys(Int32Array.of(1));

const encoder = seal.BatchEncoder(context);
const encryptor = seal.Encryptor(context, publicKey);
const evaluator = seal.Evaluator(context);
const decryptor = seal.Decryptor(context, secretKey);

const a = encryptor.encrypt(encoder.encode(Int32Array.of(1, -2, 3, 4)));
const b = encryptor.encrypt(encoder.encode(Int32Array.of(5, 6, -7, 8)));
const product = evaluator.relinearize(evaluator.multiply(a, b), relinKeys);
const rotated = evaluator.rotateRows(product, 1, galoisKeys);
const sum = evaluator.add(product, rotated);

const decoded = encoder.decode(decryptor.decrypt(sum), true);
console.log(Array.from(decoded.slice(0, 3)).join(' '), `budget left: ${decryptor.invariantNoiseBudget(sum) > 4}`);

for (const object of [a, b, product, rotated, sum, secretKey, publicKey, relinKeys, galoisKeys]) object.delete();
for (const object of [encoder, encryptor, evaluator, decryptor, generator, context, parms]) object.delete();
