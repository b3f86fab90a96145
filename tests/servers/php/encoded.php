<?php
// Serves a SoapServer for each WSDL of its document root whose operations echo what they got or tell what they saw:
// /encoded, /encoded12 (rpc/encoded), /figures, /figures12 (document/literal), /figures-rpc, /figures-rpc12 (rpc/literal).

class Item {}
class Offer extends Item {}
class Node {}
class Circle {}
class Rectangle {}
class Square extends Rectangle {}

function node(string $label, ?Node $left = null, ?Node $right = null): Node
{
    $node = new Node();
    $node->label = $label;
    $node->left = $left;
    $node->right = $right;
    return $node;
}

// What PHP made of a value: the class beside the members.
function seen(mixed $value): mixed
{
    if (is_array($value)) {
        return array_map('seen', $value);
    }
    return is_object($value) ? ['class' => get_class($value), ...array_map('seen', get_object_vars($value))] : $value;
}

function told(mixed $value): string
{
    return json_encode(seen($value), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION);
}

class Encoded
{
    private ?object $who = null;

    public function who(object $who): void
    {
        $this->who = $who;
    }

    public function __call(string $operation, array $arguments): mixed
    {
        return str_starts_with($operation, 'view') ? told(count($arguments) === 1 ? $arguments[0] : $arguments) : $arguments[0];
    }

    public function shared(string $label): Node
    {
        $leaf = node($label);
        $both = node('both', $leaf, $leaf);
        return node('root', $both, node('other', $both));
    }

    public function sharedItems(string $label): array
    {
        $item = new Item();
        $item->sku = $label;
        $item->price = '1.50';
        $item->count = 1;
        $item->note = null;
        $offer = new Offer();
        [$offer->sku, $offer->price, $offer->count, $offer->note, $offer->discount] = ['o', '2.00', 2, '', '0.10'];
        return [$item, $offer, $item, null];
    }

    public function cycle(string $label): Node
    {
        $node = node($label, node('back'));
        $node->left->left = $node;
        return $node;
    }

    public function fail(string $label): string
    {
        throw new SoapFault('Client', 'It is lost.', null, (object) ['label' => $label, 'code' => 7], 'LostFault');
    }

    public function whoAmI(): string
    {
        return $this->who === null ? 'nobody' : told($this->who);
    }

    public function nothing(): ?Node
    {
        return null;
    }
}

class Figures
{
    // document: one object that holds the parts; rpc: the parts themselves.
    public function __call(string $operation, array $arguments): mixed
    {
        if (!str_starts_with($operation, 'View')) {
            return $arguments[0];
        }
        $rpc = str_contains($GLOBALS['service'], 'rpc');
        return $rpc ? told($arguments) : ['text' => told($arguments[0])];
    }
}

$service = basename(parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$wsdl = $_SERVER['DOCUMENT_ROOT'] . "/$service.wsdl";
if (!file_exists($wsdl)) {
    return false; // a schema beside the WSDLs, or 404
}
if ($_SERVER['REQUEST_METHOD'] === 'GET') {
    header('Content-Type: text/xml; charset=utf-8');
    readfile($wsdl);
    return true;
}
$classes = ['Item', 'Offer', 'Node', 'Circle', 'Rectangle', 'Square'];
$server = new SoapServer($wsdl, [
    'cache_wsdl' => WSDL_CACHE_NONE,
    'soap_version' => str_ends_with($service, '12') ? SOAP_1_2 : SOAP_1_1,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'classmap' => array_combine($classes, $classes),
]);
$server->setClass(str_starts_with($service, 'encoded') ? 'Encoded' : 'Figures');
$server->handle();
return true;
