//! `#[boxed]`: the body of an asynchronous function is compiled once, in the crate that declares it.
//!
//! The compiler makes the body of an `async fn` in whichever crate awaits it, with everything that is awaited below. So a
//! crate high up, and every test binary, compiles the whole house again. A plain function that returns a boxed future is
//! compiled where it stands; it costs its callers one allocation, next to nothing beside a look into a database.
//!
//! The attribute stands before what other crates await: an `impl`, of which it boxes every `pub async fn`, or one
//! function. Functions that are generic over types stay as they are: they are compiled where their types are known.
//!
//! ```
//! use boxed::boxed;
//!
//! struct Greeter(String);
//!
//! #[boxed]
//! impl Greeter {
//!     /// Greets somebody by name.
//!     pub async fn greet(&self, name: &str) -> Result<String, std::fmt::Error> {
//!         Ok(format!("{}, {name}", self.0))
//!     }
//! }
//!
//! let greeter = Greeter("Hello".to_owned());
//! let greeting: std::pin::Pin<Box<dyn Future<Output = _> + Send + '_>> = greeter.greet("Ana");
//! # drop(greeting);
//! ```

use proc_macro::TokenStream;
use proc_macro2::{Span, TokenStream as Tokens};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Block, Error, FnArg, GenericParam, ImplItem, Item, Lifetime, ParenthesizedGenericArguments,
    Pat, Receiver, ReturnType, Signature, Type, TypeBareFn, TypeImplTrait, TypeReference, Visibility,
    parse_quote,
    visit_mut::{VisitMut, visit_type_reference_mut},
};

/// Makes plain functions that return boxed futures of the asynchronous ones.
///
/// # Errors
/// When it stands before anything but an `impl` for one type or an `async fn`.
#[proc_macro_attribute]
pub fn boxed(_: TokenStream, item: TokenStream) -> TokenStream {
    let refused = |item: &dyn ToTokens| {
        Error::new_spanned(item, "`#[boxed]` stands before an `impl` for one type, or an `async fn`")
            .to_compile_error()
    };
    match syn::parse(item) {
        Ok(Item::Impl(mut block)) if block.trait_.is_none() && block.generics.type_params().count() == 0 => {
            for item in &mut block.items {
                if let ImplItem::Fn(function) = item
                    && is_public(&function.vis)
                {
                    box_it(&mut function.attrs, &mut function.sig, &mut function.block);
                }
            }
            block.into_token_stream()
        }
        Ok(Item::Fn(mut function)) if function.sig.asyncness.is_some() => {
            box_it(&mut function.attrs, &mut function.sig, &mut function.block);
            function.into_token_stream()
        }
        Ok(other) => refused(&other),
        Err(error) => error.to_compile_error(),
    }
    .into()
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// Turns `async fn f(&self, a: &A) -> R { body }` into
/// `fn f<'b, 'r0: 'b, 'r1: 'b>(&'r0 self, a: &'r1 A) -> Pin<Box<dyn Future<Output = R> + Send + 'b>> where Self: 'b`.
fn box_it(attributes: &mut Vec<Attribute>, signature: &mut Signature, body: &mut Block) {
    if signature.asyncness.is_none() || is_generic(signature) {
        return;
    }
    signature.asyncness = None;
    let mut names = Names::default();
    let mut kept = Tokens::new();
    let mut has_self = false;
    let mut of_self = None;
    for argument in &mut signature.inputs {
        match argument {
            FnArg::Receiver(receiver) => {
                has_self = true;
                names.receiver(receiver);
                of_self = names.given.first().cloned();
            }
            FnArg::Typed(argument) => {
                names.visit_type_mut(&mut argument.ty);
                kept.extend(keep(&mut argument.pat));
            }
        }
    }
    let mut output: Type = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, output) => (**output).clone(),
    };
    if let Some(one) = of_self.or_else(|| (names.given.len() == 1).then(|| names.given[0].clone())) {
        Same(one).visit_type_mut(&mut output);
    }
    let all: Lifetime = Lifetime::new("'boxed", Span::call_site());
    for parameter in &mut signature.generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            lifetime.bounds.push(all.clone());
        }
    }
    for given in &names.given {
        signature.generics.params.push(parse_quote!(#given: #all));
    }
    signature.generics.params.insert(0, parse_quote!(#all));
    if has_self {
        signature.generics.make_where_clause().predicates.push(parse_quote!(Self: #all));
    }
    signature.output = parse_quote! {
        -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = #output> + ::std::marker::Send + #all>>
    };
    let statements = &body.stmts;
    // The first line never returns: it tells the compiler what the block's own `return` and `?` lead to.
    *body = parse_quote!({
        ::std::boxed::Box::pin(async move {
            if let ::std::option::Option::Some(never) = ::std::option::Option::None::<#output> {
                return never;
            }
            #kept
            let answer: #output = { #(#statements)* };
            answer
        })
    });
    attributes.push(parse_quote! {
        #[allow(
            clippy::let_and_return,
            clippy::let_unit_value,
            clippy::type_complexity,
            clippy::needless_lifetimes,
            clippy::multiple_bound_locations,
            clippy::diverging_sub_expression,
            unreachable_code,
            reason = "what `#[boxed]` writes"
        )]
    });
    attributes.push(parse_quote!(#[must_use = "it does nothing unless it is awaited"]));
}

/// Whether there are types that only a caller knows.
fn is_generic(signature: &Signature) -> bool {
    struct Implied(bool);
    impl VisitMut for Implied {
        fn visit_type_impl_trait_mut(&mut self, _: &mut TypeImplTrait) {
            self.0 = true;
        }
    }
    let mut implied = Implied(false);
    implied.visit_signature_mut(&mut signature.clone());
    implied.0 || signature.generics.params.iter().any(|one| !matches!(one, GenericParam::Lifetime(_)))
}

/// What the body needs to own every argument until its end, as that of an `async fn` does, also one that it never names.
fn keep(pattern: &mut Pat) -> Option<Tokens> {
    let Pat::Ident(name) = pattern else { return None };
    let ident = &name.ident;
    let kept = if name.mutability.take().is_some() {
        quote!(let mut #ident = #ident;)
    } else if ident.to_string().starts_with('_') {
        quote!(let #ident = #ident;)
    } else {
        return None;
    };
    Some(kept)
}

/// Names for the lifetimes that have none.
#[derive(Default)]
struct Names {
    given: Vec<Lifetime>,
}

impl Names {
    fn next(&mut self) -> Lifetime {
        let name = Lifetime::new(&format!("'of{}", self.given.len()), Span::call_site());
        self.given.push(name.clone());
        name
    }

    fn receiver(&mut self, receiver: &mut Receiver) {
        if let Some((_, lifetime @ None)) = &mut receiver.reference {
            let name = self.next();
            *lifetime = Some(name.clone());
            if let Type::Reference(reference) = &mut *receiver.ty {
                reference.lifetime = Some(name);
            }
        }
    }
}

impl VisitMut for Names {
    /// The types of what is called have lifetimes of their own.
    fn visit_parenthesized_generic_arguments_mut(&mut self, _: &mut ParenthesizedGenericArguments) {}

    fn visit_type_bare_fn_mut(&mut self, _: &mut TypeBareFn) {}

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        if reference.lifetime.is_none() {
            reference.lifetime = Some(self.next());
        }
        visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.next();
        }
    }
}

/// Gives the lifetimes without a name this one.
struct Same(Lifetime);

impl VisitMut for Same {
    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime.get_or_insert_with(|| self.0.clone());
        visit_type_reference_mut(self, reference);
    }

    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        if lifetime.ident == "_" {
            *lifetime = self.0.clone();
        }
    }
}
