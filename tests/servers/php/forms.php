<?php
// A service without envelopes, as ASMX offers it beside SOAP: /forms.asmx/<operation> by query or form, answers as the
// declared element. What was asked comes back as PHP itself read it; its failures talk too much, as real ones do.

const SPACE = 'urn:example:forms';
const SECRET = 'Server=db01.internal;Password=hunter2';

function fail(int $status, string $text): bool
{
    http_response_code($status);
    header('Content-Type: text/plain; charset=utf-8');
    echo "$text\r\n   at Forms.Invoke() in C:\\build\\forms.cs:line 42 (" . SECRET . ")\r\n";
    return true;
}

function xml(string $xml): bool
{
    header('Content-Type: text/xml; charset=utf-8');
    echo '<?xml version="1.0" encoding="utf-8"?>' . "\r\n" . $xml;
    return true;
}

function element(string $name, string $text): string
{
    return "<$name>" . htmlspecialchars($text, ENT_XML1) . "</$name>";
}

// PHP keeps the last of a repeated name only, so the array is read from the text.
function items(string $encoded): array
{
    $found = [];
    foreach (array_filter(explode('&', $encoded)) as $pair) {
        [$name, $value] = array_map('urldecode', explode('=', $pair, 2) + [1 => '']);
        if ($name === 'items') {
            $found[] = $value;
        }
    }
    return $found;
}

$method = $_SERVER['REQUEST_METHOD'];
[$path, $query] = explode('?', $_SERVER['REQUEST_URI'], 2) + [1 => ''];
if (str_ends_with($path, '/forms') && $method === 'GET') {
    header('Content-Type: text/xml; charset=utf-8');
    readfile($_SERVER['DOCUMENT_ROOT'] . '/forms.wsdl');
    return true;
}
if (!str_starts_with($path, '/forms.asmx/')) {
    return fail(404, "No such page: $path");
}
$parts = explode('/', substr($path, strlen('/forms.asmx/')));
$operation = $parts[0];
$given = $method === 'POST' ? $_POST : $_GET;
$raw = file_get_contents('php://input');

switch ($operation) {
    case 'Echo':
        foreach (['text', 'number', 'flag', 'moment'] as $name) {
            if (!isset($given[$name])) {
                return fail(500, "Missing parameter: $name.");
            }
        }
        $out = element('method', $method);
        foreach (array_diff_key($given, ['items' => 1]) as $name => $value) {
            $out .= element($name, $value);
        }
        foreach (items($method === 'POST' ? $raw : $query) as $item) {
            $out .= element('item', $item);
        }
        return xml('<Echoed xmlns="' . SPACE . "\">$out</Echoed>");
    case 'Greet':
        return xml('<string xmlns="' . SPACE . '">Hello ' . htmlspecialchars($given['name'], ENT_XML1) . '</string>');
    case 'Nothing':
        $nil = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"';
        return xml("<string $nil xmlns=\"" . SPACE . '" />');
    case 'Void':
        return true;
    case 'Any':
        return xml('<root xmlns=""><a b="1">x</a></root>');
    case 'page':
        header('Content-Type: text/plain; charset=iso-8859-1');
        echo iconv('UTF-8', 'ISO-8859-1', implode('|', array_map('urldecode', array_slice($parts, 1))));
        return true;
    case 'Picture':
        header('Content-Type: image/png');
        echo "\x89PNG\r\n\x1a\n\0" . $given['name'];
        return true;
    case 'Store':
        return xml('<string xmlns="' . SPACE . "\">stored as {$_SERVER['CONTENT_TYPE']}: "
            . htmlspecialchars($raw, ENT_XML1) . '</string>');
    case 'Status':
        $status = (int) $given['code'];
        header($status === 503 ? 'Retry-After: 7' : 'X-Any: 1');
        if ($status === 302) {
            header('Location: /forms.asmx/Greet?name=x', true, 302);
            return true;
        }
        if ($status === 200) {
            return xml('<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>'
                . 'e:Client</faultcode><faultstring>' . SECRET . '</faultstring></e:Fault></e:Body></e:Envelope>');
        }
        return fail($status, 'It went wrong.');
}
return fail(500, "$operation Web Service method name is not valid.");
