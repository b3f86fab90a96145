<?php
// A SoapServer that only an HTTP Digest opens (RFC 7616, qop=auth), checked by PHP itself: /<name> is name.wsdl of the
// document root, its description included. A nonce is good for NONCE_USES requests (from the environment), each with a
// higher count than the one before; a proof that is right but for its nonce is answered with stale=true.

const REALM = 'php';
const OPAQUE = 'b3BhcXVl';
const USER = 'shop';

$algorithm = getenv('DIGEST_ALGORITHM');
$hash = fn (string $text): string => hash($algorithm === 'MD5' ? 'md5' : 'sha256', $text);
$folder = $_SERVER['DOCUMENT_ROOT'] . '/nonces';

function parts(string $header): array
{
    if (!str_starts_with($header, 'Digest ')) {
        return [];
    }
    preg_match_all('/(\w+)=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\s,]+))/', $header, $found, PREG_SET_ORDER);
    $parts = [];
    foreach ($found as $one) {
        $parts[$one[1]] = ($one[3] ?? '') !== '' ? $one[3] : stripslashes($one[2]);
    }
    return $parts;
}

function proven(array $given, Closure $hash, string $algorithm): bool
{
    foreach (['username', 'realm', 'nonce', 'uri', 'response', 'qop', 'nc', 'cnonce', 'opaque'] as $name) {
        if (!isset($given[$name])) {
            return false;
        }
    }
    $a1 = $hash(USER . ':' . REALM . ':' . getenv('DIGEST_PASSWORD'));
    $a2 = $hash($_SERVER['REQUEST_METHOD'] . ':' . $_SERVER['REQUEST_URI']);
    $right = $hash("$a1:{$given['nonce']}:{$given['nc']}:{$given['cnonce']}:{$given['qop']}:$a2");
    return $given['username'] === USER && $given['realm'] === REALM && $given['opaque'] === OPAQUE
        && $given['qop'] === 'auth' && ($given['algorithm'] ?? 'MD5') === $algorithm
        && $given['uri'] === $_SERVER['REQUEST_URI'] && hash_equals($right, $given['response']);
}

// Whether the nonce is ours and may be used once more; a count that was used already is a replay.
function used(string $folder, string $nonce, int $count): bool
{
    $file = "$folder/" . preg_replace('/[^0-9a-f]/', '', $nonce);
    if (!is_file($file) || $count <= (int) file_get_contents($file) || $count > (int) getenv('NONCE_USES')) {
        return false;
    }
    file_put_contents($file, (string) $count);
    return true;
}

function demand(string $folder, string $algorithm, bool $stale): bool
{
    $nonce = bin2hex(random_bytes(16));
    file_put_contents("$folder/$nonce", '0');
    http_response_code(401);
    header(sprintf(
        'WWW-Authenticate: Digest realm="%s", qop="auth", algorithm=%s, nonce="%s", opaque="%s"%s',
        ...[REALM, $algorithm, $nonce, OPAQUE, $stale ? ', stale=true' : ''],
    ));
    header('Content-Type: text/html');
    echo '<h1>Unauthorized</h1>';
    return true;
}

class Orders
{
    public function GetOrder(object $request): array
    {
        return ['orderId' => $request->orderId, 'user' => USER];
    }
}

is_dir($folder) || mkdir($folder);
$given = parts($_SERVER['HTTP_AUTHORIZATION'] ?? '');
$right = proven($given, $hash, $algorithm);
if (!$right || !used($folder, $given['nonce'], (int) hexdec($given['nc']))) {
    return demand($folder, $algorithm, $right);
}
$wsdl = $_SERVER['DOCUMENT_ROOT'] . '/' . basename(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH)) . '.wsdl';
if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    header('Content-Type: text/xml; charset=utf-8');
    readfile($wsdl);
    return true;
}
$server = new SoapServer($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE]);
$server->setClass('Orders');
$server->handle();
return true;
